#include "config/describe.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/config/documents.hpp"

using namespace wf::config;

TEST_CASE("a configuration in a few lines, without its password") {
  const Config config = load_text(R"(
listen: [{address: "0.0.0.0:80"}, {address: "[::1]:81", hosts: [a.com, b.com]}]
store: {memory: {size: 0}, redis: {url: "redis://me:secret@redis/1"}}
upstreams:
  api: {servers: ["http://10.0.0.1:9000", "unix:/run/api.sock"]}
routes:
  - {name: item, match: "/items/{id}", upstream: api, cache: {ttl: 90s}}
  - {name: fixed, match: {path: /f, methods: [GET], hosts: [a.com]}, upstream: api,
     cache: {ttl_override: 1h}}
  - {name: rest, match: "/x/**", upstream: api, cache: {}}
  - {name: all, match: "/**", upstream: api}
)",
                                  "p.yaml", test::kNoEnvironment)
                            .value();
  CHECK(describe(config) ==
        "listen     0.0.0.0:80, [::1]:81 for a.com b.com\n"
        "memory     off\n"
        "redis      redis:6379 db 1, prefix wf, timeout 50ms, on_down memory\n"
        "upstream   api: 10.0.0.1:9000, unix:/run/api.sock\n"
        "\n"
        "route  match        upstream  ttl\n"
        "item   /items/{id}  api       1m30s\n"
        "fixed  GET a.com/f  api       always 1h\n"
        "rest   /x/**        api       as the origin says\n"
        "all    /**          api       not cached\n");
}

TEST_CASE("without Redis that is said") {
  const Config config = load_text(test::with_basics(""), "p.yaml", test::kNoEnvironment).value();
  CHECK(describe(config).find("memory     256MiB\nredis      off\n") != std::string::npos);
}

TEST_CASE("every kind of Redis is told apart") {
  struct Row {
    const char* url;
    const char* line;
  };
  const Row rows[] = {
      {"rediss://h", "redis      h:6379 by TLS db 0"},
      {"redis+sentinel://me:secret@a,b:2/m/3", "redis      master m of Sentinel a:26379, b:2 db 3"},
      {"rediss+cluster://a,b", "redis      Cluster of a:6379, b:6379 by TLS db 0"}};
  for (const Row& row : rows) {
    const std::string store = "store: {redis: {url: \"" + std::string{row.url} + "\"}}\n";
    const Config config =
        load_text(test::with_basics(store), "p.yaml", test::kNoEnvironment).value();
    CHECK(describe(config).find(row.line) != std::string::npos);
  }
}
