// Which purge matches which response, by every kind of selector (design §7).
#include <catch2/catch.hpp>

#include <chrono>
#include <iostream>

#include "tests/unit/invalidation/keys.hpp"

using namespace wf;
using namespace wf::invalidation;
using namespace wf::invalidation::testing;

namespace {

constexpr Millis kWindow{1'000'000};
constexpr std::size_t kMany = 4'000'000;

Sequence at(std::uint64_t ms) { return {ms, 0}; }

struct Index : PurgeIndex {
  explicit Index(Millis window = kWindow, std::size_t most = kMany) : PurgeIndex(window, most) {}
};

const std::vector<std::string> kTags{"red", "item:7"};

/// Whether that selector's purge makes a response of that path and query, tagged kTags, invalid.
bool matches(std::string_view selector, std::string_view path, const char* query = nullptr) {
  Index index;
  index.record(at(200), selector);
  const std::string key = key_of(path, query);
  CHECK(index.verdict({key, kTags}, at(200)) == Verdict::Valid);
  return index.verdict({key, kTags}, at(199)) == Verdict::Invalid;
}

}  // namespace

TEST_CASE("selectors and what they match") {
  struct Row {
    std::string selector, path;
    const char* query;
    bool matches;
  };
  const std::vector<Row> rows{
      {"u host /a", "/a", nullptr, true},
      {"u host /a", "/a", "", false},
      {"u host /a", "/a", "x=1", false},
      {"u host /a", "/ab", nullptr, false},
      {"u other /a", "/a", nullptr, false},
      {"u host /a?x=1", "/a", "x=1", true},
      {"u host /a?", "/a", "", true},
      {"p host /a", "/a", nullptr, true},
      {"p host /a", "/a", "x=1&y", true},
      {"p host /a", "/a/b", nullptr, false},
      {"p other /a", "/a", nullptr, false},
      {"t red", "/a", nullptr, true},
      {"t item:7", "/a", "x", true},
      {"t item", "/a", nullptr, false},
      {"t blue", "/a", nullptr, false},
      {"x host /", "/", nullptr, true},
      {"x host /", "/a/b/c", "x", true},
      {"x host /a", "/a", nullptr, true},
      {"x host /a", "/a", "x=/b", true},
      {"x host /a", "/a/b", nullptr, true},
      {"x host /a", "/a/", nullptr, true},
      {"x host /a", "/ab", nullptr, false},
      {"x host /a", "/", nullptr, false},
      {"x host /a/b", "/a/b/c/d", "x", true},
      {"x host /a/b", "/a/c", nullptr, false},
      {"x other /a", "/a/b", nullptr, false},
      {"g host /a*", "/abc", nullptr, true},
      {"g host /a*", "/b", nullptr, false},
      {"g host /a?page=*", "/a", "page=2", true},
      {"g host /a?page=*", "/a", "size=2", false},
      {"g host /a", "/a", nullptr, true},
      {"g host *.css", "/x/y.css", nullptr, true},
      {"g host *.css", "/x/y.css", "v=1", false},
      {"g other *", "/a", nullptr, false},
      {"n route", "/a", nullptr, true},
      {"n other", "/a", nullptr, false},
      {"n *", "/a", "x", true},
      {"nonsense", "/a", nullptr, false},
      {"", "/a", nullptr, false},
  };
  for (const Row& row : rows) {
    INFO(row.selector << " on " << row.path << "?" << (row.query == nullptr ? "-" : row.query));
    CHECK(matches(row.selector, row.path, row.query) == row.matches);
  }
}

TEST_CASE("keys that differ in what is keyed besides the URI share its selectors") {
  policy::KeyParts parts;
  parts.scheme = "http";
  parts.host = "host";
  parts.path = "/a";
  const std::vector<Field> headers{{"X-Tenant", "one"}};
  std::string key;
  policy::append_key(parts, {headers, {}}, key);
  Index index;
  index.record(at(200), "u host /a");
  CHECK(index.verdict({key}, at(100)) == Verdict::Invalid);
}

TEST_CASE("a text that is no key matches nothing") {
  Index index;
  index.record(at(200), "n *");
  CHECK(index.verdict({"u host /a"}, at(100)) == Verdict::Valid);
}

TEST_CASE("a path longer than the place it is looked up in is kept") {
  const std::string path = "/" + std::string(5000, 'a');
  CHECK(matches("p host " + path, path));
  CHECK_FALSE(matches("p host " + path, path + "a"));
}

TEST_CASE("soft purges make stale, hard ones invalid, whichever came first") {
  const std::string key = key_of("/a");
  Index index;
  index.record(at(300), "~t red");
  CHECK(index.verdict({key, kTags}, at(299)) == Verdict::Stale);
  CHECK(index.verdict({key, kTags}, at(300)) == Verdict::Valid);
  index.record(at(200), "x host /");
  CHECK(index.verdict({key, kTags}, at(250)) == Verdict::Stale);
  CHECK(index.verdict({key, kTags}, at(199)) == Verdict::Invalid);
  index.record(at(400), "~u host /a");
  index.record(at(350), "g host /a*");
  CHECK(index.verdict({key, kTags}, at(349)) == Verdict::Invalid);
  CHECK(index.verdict({key, kTags}, at(350)) == Verdict::Stale);
}

TEST_CASE("stale since the newest soft purge; what is pending was purged just now") {
  const std::string key = key_of("/a");
  Index index;
  index.record(at(300), "~t red");
  index.record(at(200), "~x host /");
  index.record(at(900), "t blue");
  CHECK(index.soft_since({key, kTags}, at(100)) == UnixTime{Millis{300}});
  CHECK(index.soft_since({key, kTags}, at(300)) == UnixTime{});
  index.record(at(400), "~u host /a");
  CHECK(index.soft_since({key, kTags}, at(100)) == UnixTime{Millis{400}});
  index.set_pending("~n *", true);
  CHECK(index.soft_since({key, kTags}, at(100)) == UnixTime::max());
}

TEST_CASE("what is forgotten leaves nothing behind, of any kind") {
  Index index{Millis{1000}};
  const std::vector<std::string> all{"u host /a",  "p host /a", "t red",  "x host /a/b",
                                     "g host /a*", "n route",   "~t red", "~g host /a*"};
  for (int round = 0; round < 3; ++round) {
    const auto start = static_cast<std::uint64_t>(round) * 100'000 + 2000;
    for (const std::string& selector : all) index.record(at(start), selector);
    CHECK(index.size() == all.size());
    CHECK(index.queued() == all.size());
    CHECK(index.forget_old(at(start + 50'000)) == Sequence{});
    CHECK(index.size() == 0);
    CHECK(index.queued() == 0);
    CHECK(index.verdict({key_of("/a"), kTags}, at(0)) == Verdict::Valid);
  }
}

TEST_CASE("patterns are bounded: more of them count as the prefix that they begin with") {
  Index index;
  for (std::size_t i = 0; i < PurgeIndex::kMaxPatterns; ++i) {
    index.record(at(100), "g host /p/" + std::to_string(i) + "/*");
  }
  index.record(at(200), "g host /q/r/s*t");
  CHECK(index.verdict({key_of("/q/r/sxt")}, at(150)) == Verdict::Invalid);
  CHECK(index.verdict({key_of("/q/r/other")}, at(150)) == Verdict::Invalid);
  CHECK(index.verdict({key_of("/q/other")}, at(150)) == Verdict::Valid);
  index.record(at(300), "g host *x");
  CHECK(index.verdict({key_of("/q/other")}, at(250)) == Verdict::Invalid);
  CHECK(index.verdict({key_of("/p/7/x")}, at(350)) == Verdict::Valid);
  static_cast<void>(index.forget_old(at(10'000'000)));
  CHECK(index.size() == 0);
}

TEST_CASE("what is pending goes over to another index, and no more than that") {
  Index index;
  index.record(at(200), "u host /gone");
  for (const std::string selector : {"u host /a", "x host /b", "g host /c*d", "~t red"}) {
    index.set_pending(selector, true);
  }
  Index other;
  other.record(at(100), "u host /a");
  other.keep_pending_of(index);
  CHECK(other.size() == 4);
  CHECK(other.verdict({key_of("/a")}, at(900)) == Verdict::Invalid);
  CHECK(other.verdict({key_of("/b/x")}, at(900)) == Verdict::Invalid);
  CHECK(other.verdict({key_of("/cxd")}, at(900)) == Verdict::Invalid);
  CHECK(other.verdict({key_of("/e"), kTags}, at(900)) == Verdict::Stale);
  CHECK(other.verdict({key_of("/gone")}, at(100)) == Verdict::Valid);
  for (const std::string selector : {"u host /a", "x host /b", "g host /c*d", "~t red"}) {
    other.set_pending(selector, false);
  }
  CHECK(other.size() == 1);
  CHECK(other.verdict({key_of("/cxd")}, at(0)) == Verdict::Valid);
}

TEST_CASE("two million selectors do not slow the verdict") {
  using Clock = std::chrono::steady_clock;
  const std::string key = key_of("/users/7/items", "page=2");
  Index index;
  const auto cost = [&] {
    constexpr int kTimes = 20'000;
    const auto start = Clock::now();
    for (int i = 0; i < kTimes; ++i) {
      CHECK_FALSE(index.verdict({key, kTags}, at(5)) == Verdict::Invalid);
    }
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count() /
           kTimes;
  };
  const auto fill = [&](int from, int to) {
    for (int i = from; i < to; ++i) index.record(at(10), "t tag:" + std::to_string(i));
    for (const std::string selector :
         {"u host /z", "p host /z", "x host /z", "x host /z/z/z", "g host /z*", "n z", "~t z"}) {
      index.record(at(10), selector);
    }
  };
  fill(0, 10);
  const auto few = cost();
  fill(10, 2'000'000);
  const auto many = cost();
  std::cout << "a verdict with 17 selectors: " << few << " ns, with 2,000,000: " << many << " ns\n";
  CHECK(index.size() == 2'000'007);
  CHECK(many < 20 * few + 20'000);
}
