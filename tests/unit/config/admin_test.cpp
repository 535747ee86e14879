// The admin listener's settings, and ranges of addresses.
#include <catch2/catch.hpp>

#include "config/network.hpp"
#include "tests/unit/config/documents.hpp"

using namespace wf::config;
using namespace wf::config::test;

TEST_CASE("ranges of addresses") {
  CHECK(*parse_network("127.0.0.0/8") == kLoopback4);
  CHECK(*parse_network("::1") == kLoopback6);
  CHECK(parse_network("10.0.0.1")->bits == 128);
  CHECK(parse_network("0.0.0.0/0")->bits == 96);
  CHECK(parse_network("::/0")->bits == 0);
  CHECK(*parse_network("::ffff:10.0.0.1") == *parse_network("10.0.0.1"));
  struct Bad {
    const char* text;
    const char* what;
  };
  for (const Bad& row : {
           Bad{"", "expected an address or a range such as 10.0.0.0/8, found \"\""},
           Bad{"10.0.0/8", "expected an address or a range such as 10.0.0.0/8, found \"10.0.0/8\""},
           Bad{"10.0.0.0/33", "expected 0 to 32 after the \"/\" in \"10.0.0.0/33\""},
           Bad{"10.0.0.0/", "expected 0 to 32 after the \"/\" in \"10.0.0.0/\""},
           Bad{"::/129", "expected 0 to 128 after the \"/\" in \"::/129\""},
           Bad{"10.0.0.1/8", "\"10.0.0.1/8\" has bits behind its first 8"},
       }) {
    CAPTURE(row.text);
    const auto parsed = parse_network(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
  }
}

TEST_CASE("the admin listener is off, or has an address, a token and clients") {
  const auto admin = [](std::string_view text) {
    return load_text(with_basics(text), "p.yaml", kNoEnvironment).value().admin;
  };
  CHECK_FALSE(admin("").has_value());
  CHECK_FALSE(admin("admin: off").has_value());
  CHECK(admin("admin: {}") == Admin{});
  const auto all =
      admin("admin: {address: \"unix:/run/a.sock\", token: 0123456789abcdef, allow: [10.0.0.0/8]}");
  REQUIRE(all.has_value());
  CHECK(all->address.unix_path == "/run/a.sock");
  CHECK(all->token == "0123456789abcdef");
  CHECK(all->allow.size() == 1);
}

TEST_CASE("a wrong admin listener is told where, and never its token") {
  const std::vector<Row> rows{
      {with_basics("admin: {port: 1}"), {"p.yaml:1:9: admin.port: unknown key"}},
      {with_basics("admin: {token: short}"),
       {"p.yaml:1:16: admin.token: a token has at least 16 characters"}},
      {with_basics("admin: {token: \"0123456789 abcdef\"}"),
       {"p.yaml:1:16: admin.token: a token has visible ASCII characters only"}},
      {with_basics("admin: {allow: []}"),
       {"p.yaml:1:16: admin.allow: must not be empty: nobody could connect"}},
      {with_basics("admin: {allow: [10.0.0.1/8]}"),
       {"p.yaml:1:17: admin.allow[0]: \"10.0.0.1/8\" has bits behind its first 8"}},
      {with_basics("listen: [{address: \"127.0.0.1:9180\"}]\nadmin: {address: \"127.0.0.1:9180\"}"),
       {"p.yaml:2:18: admin.address: listen[0] has the same address"}},
  };
  check(rows);
}

TEST_CASE("tags are filled from what requests that share an answer agree on") {
  const std::string at = "p.yaml:3:";
  const std::vector<Row> rows{
      {with_cache("tags: [\"a:{response.user.id}\", \"{query.page}\"]"), {}},
      {with_cache("tags: [\"a:{header.X-T}\"], key_headers: [x-t]"), {}},
      {with_cache("tags: [\"a:{header.X-T}\"]"),
       {at + "12: routes[0].cache.tags[0]: the field \"X-T\" is not part of the key: add it to "
             "cache.key_headers"}},
      {with_cache("tags: [\"a:{query.x}\"], query: {include: [y]}"),
       {at + "12: routes[0].cache.tags[0]: the query parameter \"x\" is not part of the key: see "
             "cache.query"}},
      {with_cache("tags: [\"a:{query.x}\"], query: {exclude: [x]}"),
       {at + "12: routes[0].cache.tags[0]: the query parameter \"x\" is not part of the key: see "
             "cache.query"}},
      {with_cache("tags: [\"a:{request.x}\"]"),
       {at + "12: routes[0].cache.tags[0]: what is stored has no request body: take {response…} or "
             "a path parameter"}},
      {with_cache("hide_tags: [Surrogate-Keys]"),
       {at + "17: routes[0].cache.hide_tags[0]: expected Cache-Tag, Surrogate-Key or Cache-Groups, "
             "found \"Surrogate-Keys\" (did you mean \"Surrogate-Key\"?)"}}};
  check(rows);
}
