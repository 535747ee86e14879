// From an order's targets to selectors.
#include "proxy/admin/purge_targets.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::admin;
using Texts = std::vector<std::string>;

namespace {

config::Config settings() {
  config::Config config;
  config.log.access = "off";
  config.store.memory.size = Bytes{0};
  config.upstreams["api"].servers = {{{"127.0.0.1", 9, {}}}};
  config::Route lists;
  lists.name = "lists";
  lists.match.path = "/lists";
  lists.upstream = "api";
  lists.cache.emplace().query.include = Texts{"page"};
  config::Route all;
  all.name = "all";
  all.upstream = "api";
  all.cache.emplace();
  config.routes = {lists, all};
  return config;
}

/// The selectors, or the error as the only one.
Texts selectors(const PurgeOrder& order, const config::Config& config = settings()) {
  const SystemClock clock;
  const server::Shared shared{std::make_shared<const config::Config>(config), clock};
  const auto made = selectors_of(order, shared);
  return made ? *made : Texts{made.error()};
}

PurgeOrder urls(Texts texts, std::string host = {}) {
  PurgeOrder order;
  order.urls = std::move(texts);
  order.host = std::move(host);
  return order;
}

}  // namespace

TEST_CASE("URLs are made canonical, and keep the query that their route keeps") {
  CHECK(selectors(urls({"http://A.example:80/x/../y?b=1&a=2"})) == Texts{"u a.example /y?a=2&b=1"});
  CHECK(selectors(urls({"http://a.example:8080/x"})) == Texts{"u a.example:8080 /x"});
  CHECK(selectors(urls({"https://a.example:443/x"})) == Texts{"u a.example /x"});
  CHECK(selectors(urls({"http://a.example"})) == Texts{"u a.example /"});
  CHECK(selectors(urls({"http://a.example/lists?page=2&utm=x"})) ==
        Texts{"u a.example /lists?page=2"});
  CHECK(selectors(urls({"/x?y"}, "a.example")) == Texts{"u a.example /x?y"});
}

TEST_CASE("a path alone needs a host: the order's, or the only one there is") {
  CHECK(selectors(urls({"/x"})) ==
        Texts{"urls[0]: \"/x\": no host: write http://host/… or name the host"});
  config::Config config = settings();
  config.listen[0].hosts = {"only.example"};
  CHECK(selectors(urls({"/x"}), config) == Texts{"u only.example /x"});
  config.listen[0].hosts = {"a.example", "b.example"};
  CHECK(selectors(urls({"/x"}), config).front().starts_with("urls[0]"));
}

TEST_CASE("each kind of target has its selector") {
  PurgeOrder order;
  order.host = "a.example";
  order.tags = {"x:1", "New York"};
  order.prefixes = {"/p/", "http://b.example/q"};
  order.patterns = {"/r/*?x=*", "http://b.example/*"};
  order.namespaces = {"lists", "*"};
  CHECK(selectors(order) == Texts{"t x:1", "t New%20York", "x a.example /p", "x b.example /q",
                                  "g a.example /r/*?x=*", "g b.example /*", "n lists", "n *"});
}

TEST_CASE("a target that cannot be is named") {
  PurgeOrder order;
  order.host = "a.example";
  order.namespaces = {"list"};
  CHECK(selectors(order) ==
        Texts{"namespaces[0]: \"list\": no route has that name (did you mean \"lists\"?)"});
  CHECK(selectors(urls({"http://a.example/x", "ftp://a.example/x"}))[0] ==
        "urls[1]: \"ftp://a.example/x\": a scheme other than http");
  CHECK(selectors(urls({"http://a b/x"}))[0].starts_with("urls[0]: \"http://a b/x\": not a host"));
  CHECK(selectors(urls({"http://a/%zz"}))[0].starts_with("urls[0]: "));
  order.namespaces.clear();
  order.prefixes = {"/a?b"};
  CHECK(selectors(order)[0] == "prefixes[0]: \"/a?b\": a prefix is one of paths, without a query");
}
