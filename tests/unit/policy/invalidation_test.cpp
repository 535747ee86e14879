// What an unsafe request invalidates (RFC 9111 §4.4).
#include "proxy/policy/invalidation.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::policy;

namespace {

const RequestUri kRequest{"http", "a.example", "/b/c/d", "q", true};

/// What a Location adds to the target: "" for nothing.
std::string added(std::string_view location) {
  const std::vector<Field> response{{"Location", location}};
  const auto uris = invalidated_uris(kRequest, response);
  REQUIRE(uris.front() == InvalidUri{"/b/c/d", "q", true});
  if (uris.size() == 1) return {};
  return uris[1].path + (uris[1].has_query ? "?" + uris[1].query : "");
}

}  // namespace

TEST_CASE("only a success of an unsafe method invalidates") {
  struct Row {
    Method method;
    unsigned status;
    bool expected;
  };
  const Row row = GENERATE(values<Row>({
      {Method::Put, 200, true},
      {Method::Post, 303, true},
      {Method::Delete, 204, true},
      {Method::Patch, 399, true},
      {Method::Other, 200, true},
      {Method::Put, 404, false},
      {Method::Put, 500, false},
      {Method::Put, 199, false},
      {Method::Get, 200, false},
      {Method::Options, 200, false},
  }));
  CAPTURE(to_string(row.method), row.status);
  CHECK(invalidates(row.method, row.status) == row.expected);
}

TEST_CASE("references are resolved (RFC 3986 §5.4), and other origins left alone (SEC-13)") {
  struct Row {
    std::string_view location;
    std::string expected;
  };
  const Row row = GENERATE(values<Row>({
      {"/x?y", "/x?y"},
      {"g", "/b/c/g"},
      {"./g", "/b/c/g"},
      {"g/", "/b/c/g/"},
      {"../g", "/b/g"},
      {"../../../g", "/g"},
      {"?y", "/b/c/d?y"},
      {"g?y/../z", "/b/c/g?y/../z"},
      {"/x#f", "/x"},
      {"#f", ""},  // the target itself
      {"", ""},
      {"http://a.example/x", "/x"},
      {"HTTP://A.Example:80/x", "/x"},
      {"//a.example/x", "/x"},
      {"http://a.example", "/"},
      {"http://a.example?y", "/?y"},
      {"http://b.example/x", ""},
      {"//b.example/x", ""},
      {"https://a.example/x", ""},
      {"http://a.example:81/x", ""},
      {"http://a.example.b.example/x", ""},
      {"http://u@a.example/x", ""},
      {"http:/x", ""},
      {"http:g", ""},
      {"mailto:a@a.example", ""},
      {"/%zz", ""},
      {"/a b", ""},
      {"/%2e%2e/x", ""},
      {"g:h", ""},
      {"./g:h", "/b/c/g:h"},
  }));
  CAPTURE(row.location);
  CHECK(added(row.location) == row.expected);
}

TEST_CASE("Content-Location counts too, each URI once") {
  const std::vector<Field> response{{"Location", "/x"}, {"Content-Location", "/x"}};
  const auto uris = invalidated_uris(kRequest, response);
  CHECK(uris == std::vector<InvalidUri>{{"/b/c/d", "q", true}, {"/x", "", false}});
}

TEST_CASE("SEC-23: a redirection to where the client came from") {
  const auto itself = [](const std::string& location, unsigned status = 301) {
    config::QueryRule rule;
    rule.exclude = {"utm"};
    const std::vector<Field> response{{"Location", location}};
    return redirects_to_itself(kRequest, rule, status, response);
  };
  CHECK(itself("/b/c/d?q"));
  CHECK(itself("http://A.example:80/b/c/../c/d?q#there", 302));
  CHECK(itself("?utm=1&q", 307));
  CHECK(itself("", 308));
  CHECK_FALSE(itself("/b/c/d?q", 200));
  CHECK_FALSE(itself("/b/c/d"));
  CHECK_FALSE(itself("/b/c/d?q=1"));
  CHECK_FALSE(itself("https://a.example/b/c/d?q"));
  CHECK_FALSE(itself("http://b.example/b/c/d?q"));
  CHECK_FALSE(redirects_to_itself(kRequest, {}, 301, std::vector<Field>{}));
}

TEST_CASE("whether Content-Location is the target (RFC 9110 §8.7)") {
  CHECK(names_target(kRequest, "/b/c/d?q"));
  CHECK(names_target(kRequest, "http://A.example/b/c/d?q"));
  CHECK(names_target(kRequest, "?q"));
  CHECK_FALSE(names_target(kRequest, ""));
  CHECK_FALSE(names_target(kRequest, "/b/c/d"));
  CHECK_FALSE(names_target(kRequest, "/b/c/d?q=1"));
  CHECK_FALSE(names_target(kRequest, "https://a.example/b/c/d?q"));
  CHECK_FALSE(names_target(kRequest, "/%zz"));
}
