// The JSON of POST /purge: strict, with an error for people.
#include "proxy/admin/purge_order.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::admin;
using Texts = std::vector<std::string>;

TEST_CASE("an order says what, how, and for whom to wait") {
  const auto order = parse_purge_order(
      R"({"urls": ["http://a/x"], "tags": ["t", "u"], "prefixes": ["/p"], "patterns": ["/*"],)"
      R"( "namespaces": ["r"], "host": "a", "mode": "soft", "wait": "none", "dry_run": true})");
  REQUIRE(order.has_value());
  CHECK(order->urls == Texts{"http://a/x"});
  CHECK(order->tags == Texts{"t", "u"});
  CHECK(order->prefixes == Texts{"/p"});
  CHECK(order->patterns == Texts{"/*"});
  CHECK(order->namespaces == Texts{"r"});
  CHECK(order->host == "a");
  CHECK(order->mode == invalidation::PurgeMode::Soft);
  CHECK(order->wait == config::Wait::None);
  CHECK(order->dry_run);

  const auto least = parse_purge_order(R"({"tags": ["t"]})");
  REQUIRE(least.has_value());
  CHECK(least->mode == invalidation::PurgeMode::Hard);
  CHECK(least->wait == config::Wait::Fleet);
  CHECK_FALSE(least->dry_run);
}

TEST_CASE("what is no order is told why") {
  struct Row {
    std::string_view text;
    std::string_view what;
  };
  const Row row = GENERATE(values<Row>({
      {"[]", "expected an object, found an array"},
      {"{}", "nothing to purge: name urls, tags, prefixes, patterns or namespaces"},
      {R"({"tags": []})", "nothing to purge: name urls, tags, prefixes, patterns or namespaces"},
      {R"({"tags": "t"})", "tags: expected an array of strings, found a string"},
      {R"({"tags": ["t", 7]})", "tags[1]: expected a string, found a number"},
      {R"({"tags": [""]})", "tags[0]: must not be empty"},
      {R"({"tag": ["t"]})", "unknown member \"tag\" (did you mean \"tags\"?)"},
      {R"({"xyzzy": 1})", "unknown member \"xyzzy\""},
      {R"({"tags": ["t"], "mode": "softer"})",
       "mode: expected hard, soft or refresh, found \"softer\" (did you mean \"soft\"?)"},
      {R"({"tags": ["t"], "wait": true})", "wait: expected a string, found a boolean"},
      {R"({"tags": ["t"], "dry_run": "yes"})", "dry_run: expected true or false, found a string"},
      {R"({"tags": ["t"], "host": null})", "host: expected a string, found null"},
  }));
  CAPTURE(row.text);
  const auto order = parse_purge_order(row.text);
  REQUIRE(order.has_error());
  CHECK(order.error() == row.what);
}

TEST_CASE("what is no JSON is told so") {
  for (const std::string_view text : {"", "{", "tags=1", R"({"tags": ["t"]} {})"}) {
    CAPTURE(text);
    const auto order = parse_purge_order(text);
    REQUIRE(order.has_error());
    CHECK(order.error().starts_with("not JSON: "));
  }
}

TEST_CASE("an order has a largest size") {
  std::string text = R"({"tags": ["t")";
  for (std::size_t i = 0; i < kMostTargets; ++i) text += R"(, "t")";
  CHECK(parse_purge_order(text + "]}").error() == "10001 targets; one order has at most 10000");
}

TEST_CASE("what is sent is what was meant") {
  PurgeOrder order;
  order.urls = {"http://a/\"x\""};
  order.patterns = {"/*"};
  order.mode = invalidation::PurgeMode::Refresh;
  order.wait = config::Wait::None;
  order.dry_run = true;
  const auto back = parse_purge_order(to_json(order));
  REQUIRE(back.has_value());
  CHECK(back->urls == order.urls);
  CHECK(back->patterns == order.patterns);
  CHECK(back->mode == order.mode);
  CHECK(back->wait == order.wait);
  CHECK(back->dry_run);
}
