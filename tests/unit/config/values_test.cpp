// Values that are wrong each by itself.
#include <catch2/catch.hpp>

#include "tests/unit/config/documents.hpp"

using namespace wf::config::test;

TEST_CASE("values of the process") {
  check(
      {{with_basics("workers: 0"),
        {"p.yaml:1:10: workers: expected auto or a whole number from 1 to 1024, found \"0\""}},
       {with_basics("workers: atuo"),
        {"p.yaml:1:10: workers: expected auto or a whole number from 1 to 1024, found \"atuo\" "
         "(did "
         "you mean \"auto\"?)"}},
       {with_basics("cache_status: ful"),
        {"p.yaml:1:15: cache_status: expected off, brief or full, found \"ful\" (did you mean "
         "\"full\"?)"}},
       {with_basics("trusted_proxies: 10.0.0.0/8"),
        {"p.yaml:1:18: trusted_proxies: expected a list of ranges such as [10.0.0.0/8], found a "
         "text"}},
       {with_basics("listen: [{address: \"a:80\", proxy_protocol: [10.0.0.1/8]}]"),
        {"p.yaml:1:45: listen[0].proxy_protocol[0]: \"10.0.0.1/8\" has bits behind its first 8"}},
       {with_basics("limits: {connections: auto, per_address: {burst: 0, remembered: 10}}"),
        {"p.yaml:1:50: limits.per_address.burst: expected a whole number from 1 to 1000000, found "
         "\"0\"",
         "p.yaml:1:65: limits.per_address.remembered: expected a whole number from 1024, found "
         "\"10\""}},
       {with_basics("limits: {connections: 70000}"),
        {"p.yaml:1:9: limits.per_address.remembered: less than limits.connections (70000), each "
         "of which may have an address of its own"}},
       {with_basics("via: a b"), {"p.yaml:1:6: via: \"a b\" is not a pseudonym (RFC 9110 §5.6.2)"}},
       {with_basics("listen: []"), {"p.yaml:1:9: listen: must not be empty"}},
       {with_basics("listen: [{hosts: [a]}]"),
        {"p.yaml:1:10: listen[0]: the key \"address\" is missing"}},
       {with_basics("listen: [{address: \":80\", hosts: [\"a:80\", \"*.a\"]}]"),
        {"p.yaml:1:20: listen[0].address: the host is missing: 0.0.0.0:80 is every IPv4 and "
         "[::]:80 "
         "every IPv6 address",
         "p.yaml:1:35: listen[0].hosts[0]: a host is compared without its port",
         "p.yaml:1:43: listen[0].hosts[1]: a wildcard is not possible here"}},
       {with_basics("limits: {body_timeout: 0s, fields: 0, request_line: 0, body: 0}"),
        {"p.yaml:1:24: limits.body_timeout: must be more than 0",
         "p.yaml:1:36: limits.fields: expected a whole number from 1, found \"0\"",
         "p.yaml:1:53: limits.request_line: must be more than 0"}},
       {with_basics("limits: {connections: 4294967296}"),
        {"p.yaml:1:23: limits.connections: expected a whole number from 1, found \"4294967296\""}},
       {with_basics("log: {access: \"\"}"), {"p.yaml:1:15: log.access: must not be empty"}}});
}

TEST_CASE("values of the stores") {
  check({{with_basics("store: {lock_lease: 99ms, lock_wait: 0s, max_lifetime: 0}"),
          {"p.yaml:1:21: store.lock_lease: must be at least 100ms",
           "p.yaml:1:56: store.max_lifetime: must be more than 0"}},
         {with_basics("store: {redis: {prefix: \"a{b}\", timeout: 0s, on_down: retry}}"),
          {"p.yaml:1:25: store.redis.prefix: expected 1 to 32 letters, digits, \"_\", \"-\", \".\" "
           "and "
           "\":\", found \"a{b}\"",
           "p.yaml:1:42: store.redis.timeout: must be more than 0",
           "p.yaml:1:55: store.redis.on_down: expected memory, origin or fail, found \"retry\""}},
         {with_basics("store: {redis: \"off\"}"),
          {"p.yaml:1:16: store.redis: expected off or a map such as {url: "
           "\"redis://127.0.0.1:6379/0\"}, found a text"}},
         {with_basics("store: {redis: off}"), {}}});
}

TEST_CASE("times and numbers of a cache") {
  const std::string at = "p.yaml:3:";
  check({{with_cache("ttl: 5x, grace: unset"),
          {at + "10: routes[0].cache.ttl: expected a duration such as 250ms, 5m or 1h30m, found "
                "\"5x\"",
           at + "21: routes[0].cache.grace: expected a duration such as 250ms, 5m or 1h30m, found "
                "\"unset\""}},
         {with_cache("ttl: unset, max_object_size: 0"),
          {at + "34: routes[0].cache.max_object_size: must be more than 0"}},
         {with_cache("ttl: \"unset\""),
          {at + "10: routes[0].cache.ttl: expected a duration such as 250ms, 5m or 1h30m, found "
                "\"unset\""}},
         {with_cache("compress: gzip"),
          {at + "15: routes[0].cache.compress: expected off or zstd, found \"gzip\""}},
         {with_cache("jitter_percent: 101, max_variants: 0"),
          {at + "21: routes[0].cache.jitter_percent: expected a percentage from 0 to 100, found "
                "\"101\"",
           at + "40: routes[0].cache.max_variants: expected a whole number from 1 to 1024, found "
                "\"0\""}},
         {with_cache("negative: {200: 1s, 600: 1s, x: 1s, 404: 1}"),
          {at + "21: routes[0].cache.negative.200: expected a status from 400 to 599, found "
                "\"200\"",
           at + "30: routes[0].cache.negative.600: expected a status from 400 to 599, found "
                "\"600\"",
           at + "37: routes[0].cache.negative.x: expected a status from 400 to 599, found \"x\"",
           at + "46: routes[0].cache.negative.404: expected a duration such as 250ms, 5m or 1h30m, "
                "found \"1\": the unit is missing"}}});
}

TEST_CASE("words and names of a cache") {
  const std::string at = "p.yaml:3:";
  check({{with_cache("ignore_origin: [no-stor, max-age]"),
          {at + "21: routes[0].cache.ignore_origin[0]: expected no-store, private or no-cache, "
                "found \"no-stor\" (did you mean \"no-store\"?)",
           at + "30: routes[0].cache.ignore_origin[1]: expected no-store, private or no-cache, "
                "found \"max-age\""}},
         {with_cache("cookies: keep, set_cookie: Store"),
          {at + "14: routes[0].cache.cookies: expected bypass or ignore, found \"keep\"",
           at + "32: routes[0].cache.set_cookie: expected bypass, store or strip, found \"Store\" "
                "(did you mean \"store\"?)"}},
         {with_cache("cookies: {key: []}"),
          {at + "20: routes[0].cache.cookies.key: must not be empty: `ignore` keys on no cookie"}},
         {with_cache("cookies: {key: [\"a=b\"]}"),
          {at + "21: routes[0].cache.cookies.key[0]: \"a=b\" is not a cookie name (RFC 9110 "
                "§5.6.2)"}},
         {with_cache("cookies: {}"),
          {at + "14: routes[0].cache.cookies: the key \"key\" is missing"}},
         {with_cache("key_headers: [\"X Y\"], forward_headers: [\"X:\"]"),
          {at + "19: routes[0].cache.key_headers[0]: \"X Y\" is not a field name (RFC 9110 §5.6.2)",
           at + "45: routes[0].cache.forward_headers[0]: \"X:\" is not a field name (RFC 9110 "
                "§5.6.2)"}}});
}

TEST_CASE("values of upstreams and routes") {
  const std::string basics = "upstreams: {api: {servers: [\"http://a\"]}}\n";
  check(
      {{"upstreams: {\"a b\": {servers: []}}\nroutes: []\n",
        {"p.yaml:1:20: upstreams.\"a b\": expected a name of 1 to 64 letters, digits, \"_\", \"-\" "
         "and \".\", found \"a b\"",
         "p.yaml:1:30: upstreams.\"a b\".servers: must not be empty",
         "p.yaml:2:9: routes: must not be empty"}},
       {"upstreams: {}\nroutes: [{name: a, match: /, upstream: api}]",
        {"p.yaml:1:12: upstreams: must not be empty"}},
       {"upstreams: {api: {}}\n" + std::string{"routes: [{name: a, match: /, upstream: api}]"},
        {"p.yaml:1:18: upstreams.api: the key \"servers\" is missing"}},
       {"upstreams: {api: {servers: [\"https://a\", \"http://a/b\"], max_connections: 0, "
        "resolve_interval: 0s, host: \"a/b\"}}\nroutes: [{name: a, match: /, upstream: api}]",
        {"p.yaml:1:29: upstreams.api.servers[0]: TLS to an upstream is not supported yet",
         "p.yaml:1:42: upstreams.api.servers[1]: a server's URL has no path: \"/b\" is never sent",
         "p.yaml:1:74: upstreams.api.max_connections: expected a whole number from 1, found \"0\"",
         "p.yaml:1:95: upstreams.api.resolve_interval: must be at least 1s",
         "p.yaml:1:105: upstreams.api.host: \"a/b\" is not a host"}},
       {basics + "routes: [{}]",
        {"p.yaml:2:10: routes[0]: the key \"name\" is missing",
         "p.yaml:2:10: routes[0]: the key \"match\" is missing",
         "p.yaml:2:10: routes[0]: the key \"upstream\" is missing"}},
       {basics + "routes: [{name: a, match: {methods: [get, \"a b\"]}, upstream: api}]",
        {"p.yaml:2:27: routes[0].match: the key \"path\" is missing",
         "p.yaml:2:38: routes[0].match.methods[0]: methods are case-sensitive: \"get\" (did you "
         "mean "
         "\"GET\"?)",
         "p.yaml:2:43: routes[0].match.methods[1]: \"a b\" is not a method (RFC 9110 §5.6.2)"}},
       {basics + "routes: [{name: a, match: \"/x/{a\", upstream: api, cache: true}]",
        {"p.yaml:2:27: routes[0].match: a parameter is a whole segment such as {id}, found \"{a\"",
         "p.yaml:2:58: routes[0].cache: expected off or a map, {} for all defaults, found a text"}},
       {basics + "routes: [{name: a, match: /, upstream: api, invalidate: {paths: [x]}}]",
        {"p.yaml:2:66: routes[0].invalidate.paths[0]: a path starts with \"/\": \"x\""}}});
}

TEST_CASE("a variable that is not set is told where it is used") {
  check(
      {{with_basics("workers: ${WORKERS}"),
        {"p.yaml:1:10: workers: the environment variable WORKERS is not set"}},
       {with_basics("limits: {body: \"${LIMIT:-unset}\"}"),
        {"p.yaml:1:16: limits.body: expected a size such as 512B, 64MiB or 10MB, found \"unset\""}},
       {with_basics("limits:\n  body: ${LIMIT:-1MiB}"), {}}});
}
