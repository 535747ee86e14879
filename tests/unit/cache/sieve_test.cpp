#include "proxy/cache/sieve.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <list>
#include <unordered_map>

#include "tests/unit/cache/sample_records.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

namespace {

constexpr UnixTime kNow{Millis{1'000'000}};
constexpr UnixTime kLater{Millis{2'000'000}};

class Shelf {
 public:
  explicit Shelf(std::size_t budget) : sieve_(budget) {}
  bool find(const std::string& key) {
    RecordPtr dropped;
    return sieve_.find(lookup_key(key), kNow, dropped) != nullptr;
  }
  void insert(const std::string& key, std::size_t size) {
    std::vector<RecordPtr> dropped;
    sieve_.insert(lookup_key(key), response(key, size), kLater, dropped);
  }
  bool ask(const std::string& key) {
    if (find(key)) return true;
    insert(key, 1000);
    return false;
  }
  [[nodiscard]] const Sieve& sieve() const { return sieve_; }

 private:
  Sieve sieve_;
};

/// What the eviction order is measured against: room for a number of keys of equal size.
class Lru {
 public:
  explicit Lru(std::size_t room) : room_(room) {}
  bool ask(const std::string& key) {
    const auto found = where_.find(key);
    if (found != where_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return true;
    }
    order_.push_front(key);
    where_[key] = order_.begin();
    if (order_.size() > room_) {
      where_.erase(order_.back());
      order_.pop_back();
    }
    return false;
  }

 private:
  std::size_t room_;
  std::list<std::string> order_;
  std::unordered_map<std::string, std::list<std::string>::iterator> where_;
};

/// Key i is asked for in proportion to 1/i.
class Zipf {
 public:
  explicit Zipf(std::size_t keys) : sums_(keys) {
    double sum = 0;
    for (std::size_t i = 0; i < keys; ++i) sums_[i] = sum += 1.0 / static_cast<double>(i + 1);
  }
  std::string operator()(Chance& chance) const {
    const double at = std::uniform_real_distribution<double>{0, sums_.back()}(chance);
    const auto place = std::lower_bound(sums_.begin(), sums_.end(), at);
    return "popular " + std::to_string(place - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

struct Ratios {
  double calm;
  double scanned;
};

/// Hits of the popular keys, before and while two of three requests are for keys seen once.
Ratios measure(const std::function<bool(const std::string&)>& ask) {
  constexpr int kRequests = 20'000;
  const Zipf zipf{5000};
  Chance chance{8};
  for (int i = 0; i < kRequests; ++i) ask(zipf(chance));
  int calm = 0;
  for (int i = 0; i < kRequests; ++i) calm += ask(zipf(chance)) ? 1 : 0;
  int scanned = 0;
  for (int i = 0; i < kRequests; ++i) {
    scanned += ask(zipf(chance)) ? 1 : 0;
    ask("scan a " + std::to_string(i));
    ask("scan b " + std::to_string(i));
  }
  return {100.0 * calm / kRequests, 100.0 * scanned / kRequests};
}

}  // namespace

TEST_CASE("what was asked for again outlives what was not") {
  const std::size_t one = response("0", 1000)->footprint();
  Shelf shelf{one * 3 + 1024};
  shelf.insert("a", 1000);
  shelf.insert("b", 1000);
  shelf.insert("c", 1000);
  CHECK(shelf.find("a"));
  shelf.insert("d", 1000);
  CHECK(shelf.find("a"));
  CHECK_FALSE(shelf.find("b"));
  CHECK(shelf.find("c"));
  CHECK(shelf.find("d"));
  CHECK(shelf.sieve().evictions() == 1);
}

TEST_CASE("when all were asked for again the oldest leaves, and the new one stays") {
  const std::size_t one = response("0", 1000)->footprint();
  Shelf shelf{one * 3 + 1024};
  for (const char* key : {"a", "b", "c"}) shelf.insert(key, 1000);
  for (const char* key : {"a", "b", "c"}) CHECK(shelf.find(key));
  shelf.insert("d", 1000);
  CHECK_FALSE(shelf.find("a"));
  CHECK(shelf.find("d"));
}

TEST_CASE("a scan does not wash popular records out") {
  constexpr std::size_t kRoom = 500;
  Shelf shelf{kRoom * (response("popular 1234", 1000)->footprint() + 60)};
  Lru lru{kRoom};
  const Ratios sieve = measure([&](const std::string& key) { return shelf.ask(key); });
  const Ratios reference = measure([&](const std::string& key) { return lru.ask(key); });
  INFO("hit ratio: SIEVE " << sieve.calm << " %, scanned " << sieve.scanned << " %; LRU "
                           << reference.calm << " %, scanned " << reference.scanned << " %");
  CHECK(sieve.calm >= reference.calm);
  CHECK(sieve.calm - sieve.scanned < 5);
  CHECK(reference.calm - reference.scanned > 10);
}
