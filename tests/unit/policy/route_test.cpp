// Path templates and the route table.
#include "proxy/policy/route.hpp"

#include <random>
#include <stdexcept>

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::policy;

namespace {

std::string why_not(std::string_view text) {
  const auto parsed = PathTemplate::parse(text);
  return parsed ? "" : parsed.error();
}

/// "-" or "name=value,…".
std::string match(std::string_view text, std::string_view path) {
  const auto parsed = PathTemplate::parse(text);
  PathParams params;
  if (!parsed->match(path, params)) return "-";
  std::string out;
  for (const auto& param : params.all()) {
    out.append(param.name).append("=").append(param.value).append(",");
  }
  return out;
}

config::Route route(std::string path, std::vector<std::string> methods = {},
                    std::vector<std::string> hosts = {}) {
  config::Route out;
  out.match = {std::move(path), std::move(methods), std::move(hosts)};
  return out;
}

RouteTable table(std::vector<config::Route> routes) {
  auto config = std::make_shared<config::Config>();
  config->routes = std::move(routes);
  return RouteTable{config};
}

}  // namespace

TEST_CASE("templates take paths segment by segment") {
  struct Row {
    std::string text;
    std::string path;
    std::string expected;
  };
  const Row row = GENERATE(values<Row>({
      {"/a/b", "/a/b", ""},    {"/a/b", "/a/b/", "-"},     {"/a/", "/a", "-"},
      {"/", "/", ""},          {"/", "/a", "-"},           {"/a/{id}/x", "/a/1/x", "id=1,"},
      {"/a/{id}", "/a/", "-"}, {"/a/{id}", "/a/1/2", "-"}, {"/{a}/{b}", "/1/2", "a=1,b=2,"},
      {"/a/**", "/a", ""},     {"/a/**", "/a/", ""},       {"/a/**", "/a/b/c", ""},
      {"/a/**", "/ab", "-"},   {"/**", "/", ""},           {"/{a}/**", "/1/2/3", "a=1,"},
      {"/", "*", "-"},         {"/**", "*", ""},           {"/A", "/a", "-"},
      {"/a", "/%61", "-"},
  }));
  CAPTURE(row.text, row.path);
  CHECK(match(row.text, row.path) == row.expected);
}

TEST_CASE("templates that make no sense are refused with a sentence") {
  CHECK(why_not("/a/{id}").empty());
  CHECK(why_not("a").find("starts with '/'") != std::string::npos);
  CHECK(why_not("/**/a").find("last") != std::string::npos);
  CHECK(why_not("/{a}/{a}").find("twice") != std::string::npos);
  CHECK(why_not("/{a").find("'}'") != std::string::npos);
  CHECK(why_not("/{a}.json").find("'}'") != std::string::npos);
  CHECK(why_not("/x{a}").find("not a path segment") != std::string::npos);
  CHECK(why_not("/{}").find("name") != std::string::npos);
  CHECK(why_not("/*").find("not a path segment") != std::string::npos);
  CHECK(why_not("/a/../b").find("not a path segment") != std::string::npos);
  CHECK(why_not("/a?b").find("not a path segment") != std::string::npos);
  std::string many;
  for (int i = 0; i < 17; ++i) many += "/{p" + std::to_string(i) + "}";
  CHECK(why_not(many).find("16") != std::string::npos);
}

TEST_CASE("the first route in order wins, however special a later one is") {
  const auto routes = table({route("/a/{x}", {"GET"}), route("/a/b"), route("/a/{y}/c"),
                             route("/**", {}, {"*.example.com"}), route("/**")});
  CHECK(routes.match("h", "GET", "/a/b").index == 0);
  CHECK(routes.match("h", "GET", "/a/b").params.value("x") == "b");
  CHECK(routes.match("h", "POST", "/a/b").index == 1);
  CHECK(routes.match("h", "GET", "/a/b/c").index == 2);
  CHECK(routes.match("h", "GET", "/a/b/c").params.value("y") == "b");
  CHECK(routes.match("x.example.com", "GET", "/z").index == 3);
  CHECK(routes.match("example.com", "GET", "/z").index == 4);
  CHECK(routes.match("xexample.com", "GET", "/z").index == 4);
  CHECK(routes.match("h", "OPTIONS", "*").index == 4);
}

TEST_CASE("F8: QUERY goes only where it is named") {
  const auto routes = table({route("/a"), route("/a", {"GET", "QUERY"})});
  CHECK(routes.match("h", "GET", "/a").index == 0);
  CHECK(routes.match("h", "QUERY", "/a").index == 1);
  CHECK(table({route("/a")}).match("h", "QUERY", "/a").route == nullptr);
}

TEST_CASE("no route is no route") {
  CHECK(table({}).match("h", "GET", "/").route == nullptr);
  const auto routes = table({route("/a", {"GET"}, {"a.example"})});
  CHECK(routes.match("b.example", "GET", "/a").route == nullptr);
  CHECK(routes.match("a.example", "PUT", "/a").route == nullptr);
  CHECK(routes.match("a.example", "GET", "/a/").route == nullptr);
  CHECK(routes.match("a.example", "OPTIONS", "*").route == nullptr);
  CHECK(routes.match("a.example", "GET", "/a").route != nullptr);
}

TEST_CASE("a table with a template that cannot be is not made") {
  CHECK_THROWS_AS(table({route("/{a")}), std::invalid_argument);
  auto bad = route("/a");
  bad.invalidate.paths = {"/{id}"};
  CHECK_THROWS_AS(table({bad}), std::invalid_argument);
}

TEST_CASE("the table finds what trying one route after the other finds", "[property]") {
  std::mt19937 random{20241122};
  const std::vector<std::string> parts{"/a", "/b", "/{x}", "/{y}", "/", "/c"};
  const std::vector<std::string> methods{"GET", "PUT"};
  for (int round = 0; round < 300; ++round) {
    std::vector<config::Route> routes;
    for (int i = 0; i < 12; ++i) {
      std::string path;
      for (auto n = random() % 4; n > 0; --n) path += parts[random() % parts.size()];
      if (path.empty() || random() % 5 == 0) path += "/**";
      if (!PathTemplate::parse(path)) continue;
      routes.push_back(random() % 3 == 0 ? route(path, {methods[random() % 2]}) : route(path));
    }
    const auto made = table(routes);
    for (int i = 0; i < 40; ++i) {
      std::string path;
      for (auto n = 1 + random() % 4; n > 0; --n)
        path += "/" + std::string("abc").substr(random() % 4, 1);
      const auto& method = methods[random() % 2];
      const config::Route* expected = nullptr;
      for (const auto& one : made.config().routes) {
        const auto& allowed = one.match.methods;
        if (match(one.match.path, path) == "-") continue;
        if (!allowed.empty() && allowed.front() != method) continue;
        expected = &one;
        break;
      }
      CAPTURE(path, method);
      REQUIRE(made.match("h", method, path).route == expected);
    }
  }
}
