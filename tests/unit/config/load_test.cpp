// Documents and the exact lines that tell what is wrong with them.
#include "config/load.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>
#include <catch2/catch.hpp>

#include "tests/unit/config/documents.hpp"

using namespace wf;
using namespace wf::config;
using namespace wf::config::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kExample = R"(
listen:
  - {address: "[::1]:8443", hosts: [API.example.com]}
  - address: unix:/run/warmfront.sock
workers: 4
store:
  memory: {size: 0}
  redis: {url: "redis://me:${PASSWORD}@redis/2", on_down: origin}
upstreams:
  api: {servers: ["http://127.0.0.1:9000", "unix:/run/api.sock"], host: api.internal:90}
routes:
  - name: item
    match: {path: "/items/{id}", methods: [GET, HEAD], hosts: ["*.example.com"]}
    upstream: api
    cache: &rules
      ttl: ${TTL:-5m}
      negative: {404: 10s, 503: 1s}
      ignore_origin: [no-cache, private]
      cookies: {key: [currency]}
      query: {include: []}
      jitter_percent: 10%
      early_refresh: 20%
  - {name: rest, match: "/**", upstream: api, cache: *rules, invalidate: {paths: ["/items"]}}
)";

RedisStore example_redis() {
  RedisStore redis;
  redis.address = {"redis", 6379, {}};
  redis.user = "me";
  redis.password = "a@b";
  redis.database = 2;
  redis.on_down = OnDown::Origin;
  return redis;
}

Cache example_cache() {
  Cache cache;
  cache.ttl = 5min;
  cache.negative = {{404, 10s}, {503, 1s}};
  cache.ignore_origin.no_cache = true;
  cache.ignore_origin.private_ = true;
  cache.cookies = {CookieRule::Mode::Key, {"currency"}};
  cache.query.include.emplace();
  cache.jitter_percent = 10;
  cache.early_refresh = 20;
  return cache;
}

std::vector<Route> example_routes() {
  Route item;
  item.name = "item";
  item.match = {"/items/{id}", {"GET", "HEAD"}, {"*.example.com"}};
  item.upstream = "api";
  item.cache = example_cache();
  Route rest;
  rest.name = "rest";
  rest.upstream = "api";
  rest.cache = example_cache();
  rest.invalidate.paths = {"/items"};
  return {item, rest};
}

}  // namespace

TEST_CASE("the example of the manual loads") {
  const EnvLookup env = [](const std::string& name) {
    return name == "PASSWORD" ? std::optional<std::string>{"a@b"} : std::nullopt;
  };
  const Config config = load_text(kExample, "p.yaml", env).value();
  CHECK(config.listen == std::vector<Listener>{{{"::1", 8443, {}}, {"api.example.com"}, {}},
                                               {{"", 0, "/run/warmfront.sock"}, {}, {}}});
  CHECK(config.workers == 4);
  CHECK(config.store.memory.size == 0_B);
  CHECK(config.store.redis == example_redis());
  Upstream api;
  api.servers = {{{"127.0.0.1", 9000, {}}}, {{"", 0, "/run/api.sock"}}};
  api.host = "api.internal:90";
  CHECK(config.upstreams == std::map<std::string, Upstream>{{"api", api}});
  CHECK(config.routes == example_routes());
}

TEST_CASE("a document that is no map of settings") {
  check({{"", {"p.yaml:1:1: the file is empty"}},
         {"# nothing\n", {"p.yaml:1:1: the file is empty"}},
         {"- a\n", {"p.yaml:1:1: expected a map of settings, found a list"}},
         {"{}",
          {"p.yaml:1:1: the key \"upstreams\" is missing",
           "p.yaml:1:1: the key \"routes\" is missing"}},
         {"a: [1\n", {"p.yaml:2:1: not YAML: end of sequence flow not found"}},
         {"a: b: c\n", {"p.yaml:1:5: not YAML: illegal map value"}},
         {"a: 1\n---\nb: 1\n", {"p.yaml:3:1: a second document begins here"}},
         {",a: 1\n", {"p.yaml:1:1: a second document begins here"}},
         {"---\n]\n", {"p.yaml:2:1: not YAML: illegal flow end"}},
         {"a: *b\n", {"p.yaml:1:4: not YAML: the referenced anchor is not defined"}},
         {std::string{"a: 1\nb: \x04"}, {"p.yaml:2:4: the control character 0x04"}},
         {"a: \xc3\xa9\xff", {"p.yaml:1:5: the byte 0xff is not UTF-8"}},
         {"a: \xed\xa0\x80", {"p.yaml:1:4: the byte 0xed is not UTF-8"}},
         {std::string(1024 * 1024 + 1, ' '), {"p.yaml: larger than 1MiB"}}});
}

TEST_CASE("unknown and repeated keys are told at the key") {
  check(
      {{with_basics("worker: 4"), {"p.yaml:1:1: worker: unknown key (did you mean \"workers\"?)"}},
       {with_basics("compression: on"), {"p.yaml:1:1: compression: unknown key"}},
       {with_basics("limits:\n  header: 1\n  header_timout: 3s"),
        {"p.yaml:2:3: limits.header: unknown key",
         "p.yaml:3:3: limits.header_timout: unknown key (did you mean \"header_timeout\"?)"}},
       {with_cache("tll: 5m"),
        {"p.yaml:3:5: routes[0].cache.tll: unknown key (did you mean \"ttl\"?)"}},
       {with_cache("<<: {ttl: 1s}"),
        {"p.yaml:3:5: routes[0].cache.\"<<\": unknown key: merging maps is not supported"}},
       {with_cache("ttl: 1s,\n grace: 1s, ttl: 2s"),
        {"p.yaml:4:13: routes[0].cache.ttl: key given twice, first in line 3"}},
       {with_cache("{a: b}: 1"), {"p.yaml:3:5: routes[0].cache: expected a key, found a map"}},
       {with_cache("~: 1"), {"p.yaml:3:5: routes[0].cache: expected a key, found nothing"}},
       {with_cache("\"a b\\n\": 1"), {"p.yaml:3:5: routes[0].cache.\"a b\\x0a\": unknown key"}}});
}

TEST_CASE("a wrong kind of value is told with what was expected") {
  check({{with_basics("workers: [4]"),
          {"p.yaml:1:10: workers: expected auto or a whole number, found a list"}},
         {with_basics("listen: 8080"),
          {"p.yaml:1:9: listen: expected a list of listeners, found a text"}},
         {with_basics("listen: [\"0.0.0.0:80\"]"),
          {"p.yaml:1:10: listen[0]: expected a map such as {address: \"0.0.0.0:8080\"}, found a "
           "text"}},
         {with_basics("log:"),
          {"p.yaml:1:1: log: expected a map such as {level: info}, found nothing"}},
         {with_basics("via: ~"), {"p.yaml:1:1: via: expected a token, found nothing"}},
         {with_basics("store: {redis: {}, memory: off}"),
          {"p.yaml:1:28: store.memory: expected a map such as {size: 256MiB}, found a text"}},
         {with_cache("cookies: [a]"),
          {"p.yaml:3:14: routes[0].cache.cookies: expected bypass, ignore or {key: [names]}, found "
           "a list"}},
         {with_cache("tags: a"),
          {"p.yaml:3:11: routes[0].cache.tags: expected a list of texts, found a text"}},
         {with_cache("tags: [[a]]"),
          {"p.yaml:3:12: routes[0].cache.tags[0]: expected a text, found a list"}},
         {with_cache("negative: [404]"),
          {"p.yaml:3:15: routes[0].cache.negative: expected a map from status to duration such as "
           "{404: 10s}, found a list"}}});
}

TEST_CASE("tags of YAML are refused, anchors are not (SEC-27)") {
  check({{with_basics("workers: !!int 4"),
          {"p.yaml:1:10: workers: the tag \"tag:yaml.org,2002:int\" is not allowed"}},
         {with_basics("log: !x {level: info}"), {"p.yaml:1:6: log: the tag \"!x\" is not allowed"}},
         {with_basics("!!str workers: 4"),
          {"p.yaml:1:1: workers: the tag \"tag:yaml.org,2002:str\" is not allowed"}},
         {with_basics("drain_timeout: &t 5s\nlimits: {idle_timeout: *t}"), {}},
         {"&a [*a]", {"p.yaml:1:1: expected a map of settings, found a list"}}});
}

TEST_CASE("aliases of aliases do not make a small file large (SEC-27)") {
  std::string list = "x";
  for (int i = 1; i < 2000; ++i) list += ",x";
  std::string text = "listen:\n- &l {address: \"a:1\", hosts: &h [" + list + "]}\n";
  for (int i = 0; i < 2000; ++i) text += "- *l\n";
  const Lines lines = problems(text);
  REQUIRE_FALSE(lines.empty());
  CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
          return line.ends_with("more than 200000 values, aliases counted each time");
        }) == 1);
}

TEST_CASE("a file is read or told why not") {
  const std::string path = std::filesystem::temp_directory_path() /
                           ("warmfront_config_" + std::to_string(getpid()) + ".yaml");
  std::ofstream{path} << with_basics("workers: 3");
  CHECK(load_file(path, kNoEnvironment).value().workers == 3);
  std::ofstream{path} << with_basics("workers: x");
  const Loaded wrong = load_file(path, kNoEnvironment);
  REQUIRE(wrong.has_error());
  CHECK(to_string(wrong.error().at(0)).starts_with(path + ":1:10: workers: expected"));
  std::remove(path.c_str());
  const Loaded missing = load_file(path, kNoEnvironment);
  REQUIRE(missing.has_error());
  CHECK(to_string(missing.error().at(0)) == path + ": cannot be read: No such file or directory");
  const Loaded endless = load_file("/dev/zero", kNoEnvironment);
  REQUIRE(endless.has_error());
  CHECK(to_string(endless.error().at(0)) == "/dev/zero: larger than 1MiB");
  CHECK_THROWS_WITH(missing.value(), path + ": cannot be read: No such file or directory");
}
