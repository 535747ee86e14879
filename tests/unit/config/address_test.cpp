#include "config/address.hpp"

#include <catch2/catch.hpp>

#include "config/names.hpp"

using namespace wf::config;

namespace {

Address tcp(std::string host, std::uint16_t port) { return {std::move(host), port, {}}; }
Address socket(std::string path) { return {{}, 0, std::move(path)}; }

struct Good {
  const char* text;
  Address address;
};
struct Bad {
  std::string text;
  std::string what;
};

}  // namespace

TEST_CASE("addresses to listen on") {
  const Good rows[] = {{"0.0.0.0:8080", tcp("0.0.0.0", 8080)},
                       {"localhost:0", tcp("localhost", 0)},
                       {"[::1]:8080", tcp("::1", 8080)},
                       {"[2001:DB8::1]:65535", tcp("2001:db8::1", 65535)},
                       {"API.example.com:80", tcp("api.example.com", 80)},
                       {"unix:/run/warmfront.sock", socket("/run/warmfront.sock")}};
  for (const Good& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_listen_address(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == row.address);
    CHECK(*parse_listen_address(to_text(*parsed)) == row.address);
  }
}

TEST_CASE("what cannot be listened on is told why") {
  const Bad rows[] = {
      {"", "the host is missing"},
      {"8080", "the host is missing: 0.0.0.0:8080 is every IPv4 and [::]:8080 every IPv6 address"},
      {"localhost", "the port is missing in \"localhost\""},
      {":8080", "the host is missing: 0.0.0.0:8080 is every IPv4 and [::]:8080 every IPv6 address"},
      {"*:80", "the host is missing: 0.0.0.0:80 is every IPv4 and [::]:80 every IPv6 address"},
      {"::1:8080", "an IPv6 address stands in brackets: \"::1:8080\""},
      {"fe80::1:80", "an IPv6 address stands in brackets: \"fe80::1:80\""},
      {"[::1:80", "\"[::1:80\" lacks a \"]\""},
      {"[::1]80", "\"[::1]80\" is not a host"},
      {"[::1]", "the port is missing in \"[::1]\""},
      {"[x]:80", "\"x\" is not an IPv6 address"},
      {"1.2.3:80", "\"1.2.3\" is not an IPv4 address"},
      {"1.2.3.256:80", "\"1.2.3.256\" is not an IPv4 address"},
      {"a:65536", "expected a port from 0 to 65535, found \"65536\""},
      {"a:", "expected a port from 0 to 65535, found \"\""},
      {"a:+1", "expected a port from 0 to 65535, found \"+1\""},
      {"a b:80", "\"a b\" is not a host"},
      {"-a.b:80", "\"-a.b\" is not a host"},
      {"a..b:80", "\"a..b\" is not a host"},
      {"http://a:80", "expected host:port or unix:/path, found a URL"},
      {"unix:run", "the path of a unix socket starts with \"/\": \"run\""},
      {"unix:/run/", "\"/run/\" is not the path of a socket"},
      {"unix:/" + std::string(107, 'x'), "the path of a unix socket has at most 107 bytes"}};
  for (const Bad& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_listen_address(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
  }
}

TEST_CASE("servers of an upstream") {
  const Good rows[] = {{"http://127.0.0.1:9000", tcp("127.0.0.1", 9000)},
                       {"http://api.internal", tcp("api.internal", 80)},
                       {"http://api.internal/", tcp("api.internal", 80)},
                       {"http://[::1]", tcp("::1", 80)},
                       {"unix:/run/api.sock", socket("/run/api.sock")}};
  for (const Good& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_server_url(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == row.address);
  }
  const Bad bad[] = {{"https://a", "TLS to an upstream is not supported yet"},
                     {"a:80", "expected http://host:port or unix:/path, found \"a:80\""},
                     {"http://a/api", "a server's URL has no path: \"/api\" is never sent"},
                     {"http://a?x", "a server's URL has no path: \"?x\" is never sent"},
                     {"http://a:0", "a server's port is not 0"},
                     {"http://me:secret@a", "user information in a server's URL is not supported"},
                     {"http://", "the host is missing"}};
  for (const Bad& row : bad) {
    CAPTURE(row.text);
    const auto parsed = parse_server_url(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
  }
}

TEST_CASE("hosts of a match are lower-case and without port") {
  CHECK(*parse_host("API.Example.com", Wildcard::No) == "api.example.com");
  CHECK(*parse_host("*.Example.com", Wildcard::Yes) == "*.example.com");
  CHECK(*parse_host("[::1]", Wildcard::No) == "[::1]");
  const Bad bad[] = {{"", "the host is missing"},
                     {"a.com:80", "a host is compared without its port"},
                     {"[::1]:80", "a host is compared without its port"},
                     {"*", "\"*\" is not a host"},
                     {"*.*.com", "\"*.com\" is not a host"},
                     {"a.*", "\"a.*\" is not a host"},
                     {"*.[::1]", "a wildcard stands before names only"}};
  for (const Bad& row : bad) {
    CAPTURE(row.text);
    const auto parsed = parse_host(row.text, Wildcard::Yes);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
  }
  CHECK(parse_host("*.a.com", Wildcard::No).error().what == "a wildcard is not possible here");
}
