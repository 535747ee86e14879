// Settings that contradict each other.
#include "config/validate.hpp"

#include <catch2/catch.hpp>

#include "config/shadowing.hpp"
#include "tests/unit/config/documents.hpp"

using namespace wf::config;
using namespace wf::config::test;

namespace {

std::string with_routes(std::string_view routes) {
  return "upstreams: {api: {servers: [\"http://a\"]}}\nroutes:\n" + std::string{routes};
}

Route route(Match match) {
  Route made;
  made.match = std::move(match);
  return made;
}

}  // namespace

TEST_CASE("names that refer to nothing or are taken") {
  CHECK(problems(with_routes("- {name: a, match: /a, upstream: apj}\n"
                             "- {name: a, match: /b, upstream: web}\n")) ==
        Lines{"p.yaml:3:34: routes[0].upstream: no upstream has the name \"apj\" (did you mean "
              "\"api\"?)",
              "p.yaml:4:10: routes[1].name: routes[0] has the same name",
              "p.yaml:4:34: routes[1].upstream: no upstream has the name \"web\""});
  CHECK(problems(with_basics("listen:\n"
                             "- {address: \"a:1\"}\n"
                             "- {address: \"a:0\"}\n"
                             "- {address: \"A:1\"}\n"
                             "- {address: \"a:0\"}\n"
                             "- {address: unix:/x}\n"
                             "- {address: unix:/x}\n")) ==
        Lines{"p.yaml:4:13: listen[2].address: listen[0] has the same address",
              "p.yaml:7:13: listen[5].address: listen[4] has the same address"});
}

TEST_CASE("settings of a Redis that the URL does not name") {
  const auto with_redis = [](std::string_view rest) {
    return with_basics("store: {redis: {" + std::string{rest} + "}}");
  };
  const std::string tls = "store.redis.tls: ";
  check({{with_redis("tls: {ca: ca.pem}"),
          {"p.yaml:1:22: " + tls + "only with rediss:// and its kin, which use TLS"}},
         {with_redis("tls: {ca: unset, verify: true}"), {}},
         {with_redis("url: \"rediss://h\", tls: {certificate: c.pem, key: k.pem}"), {}},
         {with_redis("url: \"rediss://h\", tls: {certificate: c.pem}"),
          {"p.yaml:1:41: " + tls + "needs its key as well"}},
         {with_redis("url: \"rediss://h\", tls: {key: k.pem}"),
          {"p.yaml:1:41: " + tls + "needs its certificate as well"}},
         {with_redis("sentinel: {user: me}"),
          {"p.yaml:1:27: store.redis.sentinel: only with redis+sentinel://"}},
         {with_redis("url: \"redis+sentinel://h/m\", sentinel: {user: me}"), {}},
         {with_redis("read_from: replica"),
          {"p.yaml:1:28: store.redis.read_from: replica is only for redis+cluster://"}},
         {with_redis("url: \"redis+cluster://h\", read_from: replica"), {}}});
}

TEST_CASE("bounds that contradict") {
  const std::string at = "p.yaml:3:";
  const Row rows[] = {
      {"min_ttl: 5m, max_ttl: 1m", {at + "14: routes[0].cache.min_ttl: more than max_ttl (1m)"}},
      {"min_ttl: 1m, max_ttl: 1m", {}},
      {"query: {include: [a], exclude: [b]}",
       {at +
        "36: routes[0].cache.query.exclude: not together with include, which already says what "
        "is kept"}},
      {"query: {include: unset, exclude: [b]}", {}},
      {"ttl: 8d, ttl_override: 8d, min_ttl: 8d, max_ttl: 8d, negative: {404: 8d}",
       {at + "10: routes[0].cache.ttl: more than store.max_lifetime (7d)",
        at + "28: routes[0].cache.ttl_override: more than store.max_lifetime (7d)",
        at + "41: routes[0].cache.min_ttl: more than store.max_lifetime (7d)",
        at + "54: routes[0].cache.max_ttl: more than store.max_lifetime (7d)",
        at + "74: routes[0].cache.negative.404: more than store.max_lifetime (7d)"}},
      {"ttl: 7d", {}},
      {"ttl: 1d, stale_if_error: 6d, grace: 7d",
       {at +
        "41: routes[0].cache.grace: after 1d of fresh time more than store.max_lifetime (7d)"}},
      {"stale_while_revalidate: 8d",
       {at + "29: routes[0].cache.stale_while_revalidate: more than store.max_lifetime (7d)"}},
      {"tags: [\"a:{ids}\", \"{id}\"]",
       {at + "12: routes[0].cache.tags[0]: the route's path has no parameter \"ids\" (did you mean "
             "\"id\"?)"}}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(problems(with_cache(row.text)) == row.lines);
  }
}

TEST_CASE("parts of memory that routes cannot have") {
  const auto two = [](std::string_view first, std::string_view second) {
    return with_routes(
        "- {name: a, match: /a, upstream: api, cache: {memory: {share: " + std::string{first} +
        "}}}\n" + "- {name: b, match: /b, upstream: api, cache: {memory: {share: " +
        std::string{second} + "}}}\nstore: {memory: {size: 64MiB}}\n");
  };
  const std::string first = "p.yaml:3:63: routes[0].cache.memory.share: ";
  const std::string second = "p.yaml:4:63: routes[1].cache.memory.share: ";
  check(
      {{two("50%", "32MiB"), {}},
       {two("1MiB", "unset"), {}},
       {two("1MB", "1%"),
        {first + "1000000B of store.memory.size (64MiB) is less than 1MiB: too little to be of use",
         second + "671088B of store.memory.size (64MiB) is less than 1MiB: too little to be of "
                  "use"}},
       {two("60%", "30MiB"),
        {second + "more than is left of store.memory.size (64MiB): 26843584B"}},
       {two("65MiB", "unset"), {first + "more than is left of store.memory.size (64MiB): 64MiB"}},
       {two("0", "0%"),
        {first + "must be more than 0",
         second + "expected a size such as 64MiB, or 1% to 100%, found \"0%\""}},
       {two("much", "101%"),
        {first + "expected a size such as 64MiB, or 1% to 100%, found \"much\"",
         second + "expected a size such as 64MiB, or 1% to 100%, found \"101%\""}}});
}

TEST_CASE("limits and templates that contradict") {
  CHECK(problems(with_basics("limits: {field_line: 64KiB}")) ==
        Lines{"p.yaml:1:22: limits.field_line: more than limits.header_block (32KiB), which holds "
              "all of them"});
  CHECK(
      problems(with_routes("- {name: a, match: \"/{x}\", upstream: api,\n"
                           "   invalidate: {paths: [\"/{x}/b\", \"/{y}\"]}}\n")) ==
      Lines{"p.yaml:4:35: routes[0].invalidate.paths[1]: the route's path has no parameter \"y\""});
}

TEST_CASE("a value that cannot be read is not compared") {
  CHECK(problems(with_cache("min_ttl: 5m, max_ttl: 1x")).size() == 1);
  CHECK(problems(with_routes("- {name: a, match: /a, upstream: []}\n")) ==
        Lines{"p.yaml:3:34: routes[0].upstream: expected a text, found a list"});
  CHECK(problems(with_routes("- {name: a, match: \"/**\", upstream: api}\n"
                             "- {name: b, match: \"//{\", upstream: api}\n"))
            .size() == 1);
}

TEST_CASE("a route that is never reached is told with the one before it") {
  CHECK(problems(with_routes("- {name: a, match: \"/**\", upstream: api}\n"
                             "- {name: b, match: \"/b\", upstream: api}\n")) ==
        Lines{"p.yaml:4:20: routes[1].match: never reached: routes[0] \"a\" matches all of it and "
              "comes first"});
}

TEST_CASE("which route covers which") {
  struct Row {
    Match earlier;
    Match later;
    bool covered;
  };
  const Row rows[] = {{{"/**", {}, {}}, {"/", {}, {}}, true},
                      {{"/**", {}, {}}, {"/**", {}, {}}, true},
                      {{"/a", {}, {}}, {"/a", {}, {}}, true},
                      {{"/a", {}, {}}, {"/b", {}, {}}, false},
                      {{"/a", {}, {}}, {"/a/", {}, {}}, false},
                      {{"/a/{x}", {}, {}}, {"/a/{y}", {}, {}}, true},
                      {{"/a/{x}", {}, {}}, {"/a/b", {}, {}}, true},
                      {{"/a/{x}", {}, {}}, {"/a/", {}, {}}, false},
                      {{"/a/{x}", {}, {}}, {"/a/**", {}, {}}, false},
                      {{"/a/b", {}, {}}, {"/a/{x}", {}, {}}, false},
                      {{"/a/**", {}, {}}, {"/a/{x}/b", {}, {}}, true},
                      {{"/a/**", {}, {}}, {"/**", {}, {}}, false},
                      {{"/a/**", {}, {}}, {"/a", {}, {}}, false},
                      {{"/**", {"GET"}, {}}, {"/a", {}, {}}, false},
                      {{"/**", {"GET"}, {}}, {"/a", {"GET"}, {}}, true},
                      {{"/**", {"GET"}, {}}, {"/a", {"GET", "PUT"}, {}}, false},
                      {{"/**", {"GET", "PUT"}, {}}, {"/a", {"PUT"}, {}}, true},
                      {{"/**", {}, {}}, {"/a", {"GET"}, {"a.com"}}, true},
                      {{"/**", {}, {"a.com"}}, {"/a", {}, {}}, false},
                      {{"/**", {}, {"a.com"}}, {"/a", {}, {"a.com"}}, true},
                      {{"/**", {}, {"*.a.com"}}, {"/a", {}, {"b.a.com", "*.c.a.com"}}, true},
                      {{"/**", {}, {"*.a.com"}}, {"/a", {}, {"a.com"}}, false},
                      {{"/**", {}, {"b.a.com"}}, {"/a", {}, {"*.a.com"}}, false}};
  for (const Row& row : rows) {
    CAPTURE(row.earlier.path, row.later.path);
    const auto shadows = shadowed_routes({route(row.earlier), route(row.later)});
    CHECK(shadows.size() == (row.covered ? 1U : 0U));
  }
}
