// Origins and clients may send anything: whatever it is, the rules keep their promises.
#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "proxy/policy/http_date.hpp"
#include "proxy/policy/range.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/policy/storability.hpp"
#include "proxy/policy/validation.hpp"
#include "proxy/policy/vary.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

constexpr UnixTime kNow{Millis{1'704'067'200'000}};

// Words that mean something somewhere, so that the paths behind them are reached.
constexpr std::string_view kWords[] = {"max-age",
                                       "s-maxage",
                                       "no-cache",
                                       "private",
                                       "=",
                                       ",",
                                       ";",
                                       "\"",
                                       "\\",
                                       " ",
                                       "\t",
                                       "*",
                                       "W/",
                                       "q=",
                                       "-",
                                       "bytes=",
                                       "0",
                                       "7",
                                       "99999999999999999999",
                                       "GMT",
                                       "Mon, 01 Jan 2024 00:00:00 GMT",
                                       "?1",
                                       "(",
                                       ")",
                                       "\xFC",
                                       "a",
                                       "B",
                                       "no-store",
                                       "must-understand",
                                       "public",
                                       ":",
                                       ".5"};

class Noise {
 public:
  explicit Noise(unsigned seed) : random_(seed) {}
  std::string text() {
    std::string out;
    for (auto words = pick(12); words > 0; --words) out += kWords[pick(std::size(kWords) - 1)];
    return out;
  }
  std::size_t pick(std::size_t last) {
    return std::uniform_int_distribution<std::size_t>{0, last}(random_);
  }

 private:
  std::mt19937 random_;
};

constexpr std::string_view kNames[] = {"Cache-Control",
                                       "CDN-Cache-Control",
                                       "Expires",
                                       "Date",
                                       "Age",
                                       "Vary",
                                       "ETag",
                                       "Last-Modified",
                                       "Range",
                                       "Pragma",
                                       "If-Range",
                                       "If-None-Match",
                                       "If-Modified-Since",
                                       "Accept-Encoding",
                                       "Accept-Language",
                                       "Connection"};

OwnedFields noisy_head(Noise& noise) {
  OwnedFields out;
  for (auto lines = noise.pick(8); lines > 0; --lines) {
    out.push_back({std::string{kNames[noise.pick(std::size(kNames) - 1)]}, noise.text()});
  }
  return out;
}

bool is_sorted_and_unique(const std::vector<std::string>& names) {
  return std::is_sorted(names.begin(), names.end()) &&
         std::adjacent_find(names.begin(), names.end()) == names.end();
}

}  // namespace

TEST_CASE("directives of noise stay within their bounds (RFC 9111 §1.2.2)") {
  Noise noise{1};
  for (int round = 0; round < 2000; ++round) {
    const auto head = noisy_head(noise);
    const auto fields = views(head);
    const auto facts = response_facts(200, fields);
    for (const auto& seconds : {facts.cache_control.max_age, facts.cache_control.s_maxage,
                                facts.cache_control.stale_if_error, facts.age_seconds}) {
      CHECK((seconds.value_or(0) >= 0 && seconds.value_or(0) <= kMaxDeltaSeconds));
    }
    const auto vary = parse_vary(facts.fields);
    CHECK((is_sorted_and_unique(vary.names) && vary.names.size() <= kMaxVaryNames));
  }
}

TEST_CASE("what may be stored is worth keeping (RFC 9111 §3)") {
  Noise noise{2};
  int stored_some = 0;
  for (int round = 0; round < 2000; ++round) {
    const auto head = noisy_head(noise);
    const auto fields = views(head);
    const auto facts = response_facts(200, fields);
    const auto request = request_facts(Method::Get, {}, false);
    if (may_store(request, facts, config::Cache{}) != NoStoreReason::None) continue;
    ++stored_some;
    const auto stored = stored_facts(facts, config::Cache{}, {kNow, kNow}, 0.5);
    CHECK(stored.lifetime >= Millis{0});
    CHECK(stored.initial_age >= Millis{0});
    const auto judged = judge(stored, request, kNow);
    if (judged.reuse != Reuse::Validate) CHECK(keep_for(stored, kNow) > Millis{0});
    if (judged.reuse == Reuse::Fresh) CHECK_FALSE(stored.no_cache);
  }
  CHECK(stored_some > 20);
}

TEST_CASE("ranges of noise lie within the representation (RFC 9110 §14.1.2)") {
  Noise noise{3};
  for (int round = 0; round < 2000; ++round) {
    const std::string value = "bytes=" + noise.text();
    const Field field{"Range", value};
    const auto length = noise.pick(20);
    const auto decision = resolve_range({&field, 1}, length);
    CHECK(decision.ranges.empty() == (decision.outcome != RangeOutcome::Satisfiable));
    for (const auto& range : decision.ranges) {
      CHECK((range.first <= range.last && range.last < length));
    }
  }
}

TEST_CASE("noise has the same variant key as itself, and a 304 of noise merges") {
  Noise noise{4};
  const std::vector<std::string> names{"accept-encoding", "accept-language", "range"};
  for (int round = 0; round < 1000; ++round) {
    const auto head = noisy_head(noise);
    const auto other = noisy_head(noise);
    const auto fields = views(head);
    std::string key;
    std::string again;
    append_variant_key(names, fields, key);
    append_variant_key(names, fields, again);
    CHECK(key == again);
    CHECK(preferred_language(fields).find(',') == std::string_view::npos);
    const auto merged = merge_not_modified(fields, views(other));
    CHECK(merged.size() <= head.size() + other.size());
    const auto request = request_facts(Method::Get, fields, false);
    const auto found = evaluate_preconditions(request, 200, views(other), kNow);
    if (!request.conditional) CHECK(found == Precondition::Proceed);
  }
}
