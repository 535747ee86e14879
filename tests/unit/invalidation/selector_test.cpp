#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/unit/invalidation/keys.hpp"

using namespace wf;
using namespace wf::invalidation;
using namespace wf::invalidation::testing;

namespace {

bool matches(const Selector& selector, const std::string& key) {
  const auto all = selectors_of(key);
  return std::find(all.begin(), all.end(), selector) != all.end();
}

}  // namespace

TEST_CASE("a URI's selector matches that URI and no other") {
  CHECK(matches(uri("/a"), key_of("/a")));
  CHECK_FALSE(matches(uri("/a"), key_of("/a/b")));
  CHECK_FALSE(matches(uri("/a"), key_of("/a", "")));
  CHECK_FALSE(matches(uri("/a"), key_of("/a", "x=1")));
  CHECK(matches(uri_selector("host", "/a", "x=1", true), key_of("/a", "x=1")));
  CHECK(matches(uri_selector("host", "/a", "", true), key_of("/a", "")));
  CHECK_FALSE(matches(uri_selector("other", "/a", "", false), key_of("/a")));
}

TEST_CASE("a path's selector matches it with every query") {
  const Selector path = path_selector("host", "/a");
  CHECK(matches(path, key_of("/a")));
  CHECK(matches(path, key_of("/a", "")));
  CHECK(matches(path, key_of("/a", "x=1&y=2")));
  CHECK_FALSE(matches(path, key_of("/ab")));
  CHECK_FALSE(matches(path_selector("other", "/a"), key_of("/a")));
}

TEST_CASE("keys that differ in what is keyed besides the URI share its selectors") {
  policy::KeyParts parts;
  parts.scheme = "http";
  parts.host = "host";
  parts.path = "/a";
  const std::vector<Field> headers{{"X-Tenant", "one"}};
  std::string key;
  policy::append_key(parts, {headers, {}}, key);
  CHECK(matches(uri("/a"), key));
}

TEST_CASE("a text that is no key has no selectors") {
  CHECK(selectors_of("").empty());
  CHECK(selectors_of("u host /a").empty());
}
