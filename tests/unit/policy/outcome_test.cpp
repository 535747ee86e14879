// The Cache-Status field (RFC 9211).
#include "proxy/policy/outcome.hpp"

#include <set>

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::policy;
using config::CacheStatusDetail;

namespace {

std::string write(const CacheStatusParts& parts, CacheStatusDetail detail) {
  std::string out;
  append_cache_status(out, parts, detail);
  return out;
}

}  // namespace

TEST_CASE("Cache-Status members") {
  struct Row {
    const char* what;
    CacheStatusParts parts;
    CacheStatusDetail detail;
    std::string expected;
  };
  CacheStatusParts hit{.cache = "warmfront", .hit = true, .ttl = 30, .key = "GET a/x"};
  CacheStatusParts stale = hit;
  stale.ttl = -5;
  stale.detail = "origin-down";
  CacheStatusParts miss{.cache = "warmfront", .fwd = ForwardReason::UriMiss, .stored = true};
  CacheStatusParts revalidated{.cache = "warmfront",
                               .fwd = ForwardReason::Stale,
                               .fwd_status = 304,
                               .ttl = 60,
                               .collapsed = true};
  const Row row = GENERATE_COPY(values<Row>({
      {"§2.1: hit", hit, CacheStatusDetail::Full, "warmfront; hit; ttl=30; key=\"GET a/x\""},
      {"§2.4: a stale hit has a negative ttl", stale, CacheStatusDetail::Full,
       "warmfront; hit; ttl=-5; key=\"GET a/x\"; detail=origin-down"},
      {"§2.2, §2.5: a stored miss", miss, CacheStatusDetail::Full,
       "warmfront; fwd=uri-miss; stored"},
      {"§2.3, §2.6: revalidated with others", revalidated, CacheStatusDetail::Full,
       "warmfront; fwd=stale; fwd-status=304; ttl=60; collapsed"},
      {"SEC-25: brief tells nothing of key and age", stale, CacheStatusDetail::Brief,
       "warmfront; hit"},
      {"SEC-25: brief", revalidated, CacheStatusDetail::Brief, "warmfront; fwd=stale"},
      {"SEC-25: off", hit, CacheStatusDetail::Off, ""},
      {"§2: a name that is no token",
       {.cache = "my cache", .hit = true},
       CacheStatusDetail::Brief,
       "\"my cache\"; hit"},
      {"RFC 8941 §3.3.3: strings",
       {.cache = "w", .hit = true, .key = "a\"b\\c\r\n\xc3"},
       CacheStatusDetail::Full,
       "w; hit; key=\"a\\\"b\\\\c???\""},
      {"§2.8: detail in words",
       {.cache = "w", .detail = "no store"},
       CacheStatusDetail::Full,
       "w; detail=\"no store\""},
  }));
  CAPTURE(row.what);
  CHECK(write(row.parts, row.detail) == row.expected);
}

TEST_CASE("every outcome has a word of its own") {
  std::set<std::string_view> words;
  unsigned count = 0;
  for (unsigned i = 0; i <= static_cast<unsigned>(Outcome::InternalError); ++i, ++count) {
    words.insert(to_string(static_cast<Outcome>(i)));
  }
  CHECK(words.size() == count);
  CHECK(words.count("?") == 0);
  CHECK(is_hit(Outcome::HitStaleOnError));
  CHECK_FALSE(is_hit(Outcome::Revalidated));
}
