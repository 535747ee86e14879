// Targets, hosts and queries: one row, one sentence.
#include "proxy/policy/uri.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::policy;

namespace {

/// "authority|path|query", or the name of the error.
std::string parse(std::string_view raw, Method method = Method::Get, TargetOptions options = {}) {
  std::string scratch;
  const auto target = parse_target(raw, method, scratch, options);
  if (!target) return std::string{to_string(target.error())};
  std::string out{target->authority};
  out.append("|").append(target->path);
  if (target->has_query) out.append("|").append(target->query);
  return out;
}

struct Row {
  const char* what;
  std::string raw;
  std::string expected;
};

}  // namespace

TEST_CASE("targets that are taken") {
  const Row row = GENERATE(values<Row>({
      {"RFC 9112 §3.2.1: origin form", "/a/b?c=d", "|/a/b|c=d"},
      {"RFC 3986 §3.4: an empty query is one", "/a?", "|/a|"},
      {"§3.4: '?' and '/' in a query", "/a?b?c=/../d", "|/a|b?c=/../d"},
      {"§3.3: ';' is nothing special (SEC-08)", "/a;x.css", "|/a;x.css"},
      {"§3.3: empty segments stay", "//x//y", "|//x//y"},
      {"§6.2.2.2: nothing is decoded", "/%61%3b%C3%A9", "|/%61%3b%C3%A9"},
      {"§5.2.4: dot segments", "/a/b/./c/../../g", "|/a/g"},
      {"§5.2.4: trailing dot segment", "/a/b/..", "|/a/"},
      {"§5.2.4: trailing dot", "/a/.", "|/a/"},
      {"§5.2.4: above the root", "/../../a", "|/a"},
      {"§5.2.4: nothing left", "/..", "|/"},
      {"§5.2.4: three dots are a name", "/.../a", "|/.../a"},
      {"§5.2.4: empty segments count", "/a//../b", "|/a/b"},
      {"RFC 9112 §3.2.2: absolute form", "http://a.example/x", "a.example|/x"},
      {"RFC 9110 §4.2.3: scheme without case", "HTTPS://A:1/x", "A:1|/x"},
      {"RFC 9112 §3.2.2: no path", "http://a.example", "a.example|/"},
      {"RFC 9112 §3.2.2: no path, a query", "http://a.example?q=1", "a.example|/|q=1"},
      {"RFC 3986 §3.2.2: IPv6 authority", "http://[::1]:80/x", "[::1]:80|/x"},
  }));
  CAPTURE(row.what);
  CHECK(parse(row.raw) == row.expected);
}

TEST_CASE("targets that are refused") {
  struct Refused {
    const char* what;
    std::string raw;
    TargetError error;
  };
  const Refused row = GENERATE(values<Refused>({
      {"F4: empty", "", TargetError::Empty},
      {"F4: relative", "admin/a", TargetError::Form},
      {"F4: authority form", "a.example:80", TargetError::Form},
      {"F4: asterisk", "*", TargetError::Form},
      {"F4: other scheme", "ftp://a.example/", TargetError::Scheme},
      {"F4: userinfo", "http://u@a.example/", TargetError::Authority},
      {"F4: no host", "http:///x", TargetError::Authority},
      {"F4: fragment", "/a#b", TargetError::Character},
      {"F4: backslash", "/a\\b", TargetError::Character},
      {"F4: space", "/a b", TargetError::Character},
      {"F4: control byte", "/a\x01", TargetError::Character},
      {"F4: DEL", "/a\x7f", TargetError::Character},
      {"F4: above ASCII", "/\xc3\xa9", TargetError::Character},
      {"F4: curly braces", "/{a}", TargetError::Character},
      {"F4: brackets in a path", "/[a]", TargetError::Character},
      {"F4: half an escape", "/a%1", TargetError::Escape},
      {"F4: no escape", "/%zz", TargetError::Escape},
      {"F4: escape in the query", "/a?%", TargetError::Escape},
      {"F5: encoded dot", "/a/%2E", TargetError::EncodedDot},
      {"F5: half encoded dots", "/a/.%2e/b", TargetError::EncodedDot},
      {"F5: encoded slash", "/a%2Fb", TargetError::EncodedSeparator},
      {"F5: encoded backslash", "/a%5cb", TargetError::EncodedSeparator},
      {"F5: encoded NUL", "/a%00.css", TargetError::EncodedSeparator},
  }));
  CAPTURE(row.what);
  CHECK(parse(row.raw) == to_string(row.error));
}

TEST_CASE("forms that depend on the method, and the verbatim option") {
  CHECK(parse("*", Method::Options) == "|*");
  // RFC 9110 §7.1
  CHECK(parse("http://a.example", Method::Options) == "a.example|*");
  CHECK(parse("http://a.example/", Method::Options) == "a.example|/");
  CHECK(parse("http://a.example?", Method::Options) == "a.example|/|");
  CHECK(parse("http://a.example") == "a.example|/");
  CHECK(parse("/a?%2f", Method::Get) == "|/a|%2f");
  CHECK(parse("/a/../b%2fc", Method::Get, {.verbatim_path = true}) == "|/a/../b%2fc");
  CHECK(parse("/a%2", Method::Get, {.verbatim_path = true}) == to_string(TargetError::Escape));
}

TEST_CASE("a canonical target is a view of itself") {
  const std::string raw = "/a/b?c";
  std::string scratch;
  const auto target = parse_target(raw, Method::Get, scratch);
  REQUIRE(target.has_value());
  CHECK(target->path.data() == raw.data());
  CHECK(scratch.empty());
}

TEST_CASE("hosts (RFC 9110 §7.2, RFC 3986 §3.2.2)") {
  const Row row = GENERATE(values<Row>({
      {"name", "a.example", "a.example"},
      {"F3: lower-case", "A.Example:8080", "a.example:8080"},
      {"F3: trailing dot", "a.example.:80", "a.example:80"},
      {"F3: empty port", "a.example:", "a.example"},
      {"leading zeros of a port", "a:0080", "a:80"},
      {"IPv4", "192.0.2.1:1", "192.0.2.1:1"},
      {"IPv6", "[2001:DB8::1]:65535", "[2001:db8::1]:65535"},
      {"IPv6, unspecified", "[::]", "[::]"},
      {"IPv6, full", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"},
      {"IPv6 with IPv4 tail", "[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]"},
      {"empty", "", "-"},
      {"port alone", ":80", "-"},
      {"dot alone", ".", "-"},
      {"two trailing dots", "a..", "-"},
      {"empty label", "a..b", "-"},
      {"leading dot", ".a", "-"},
      {"comma", "a,b", "-"},
      {"userinfo", "u@a", "-"},
      {"path", "a/b", "-"},
      {"escape", "a%2e", "-"},
      {"above ASCII", "\xc3\xa9", "-"},
      {"port 0", "a:0", "-"},
      {"port 65536", "a:65536", "-"},
      {"two ports", "a:1:2", "-"},
      {"sign", "a:+1", "-"},
      {"open bracket", "[::1", "-"},
      {"text behind the bracket", "[::1]a", "-"},
      {"IPv6 without brackets", "::1", "-"},
      {"IPv6, two gaps", "[1::2::3]", "-"},
      {"IPv6, nine groups", "[1:2:3:4:5:6:7:8:9]", "-"},
      {"IPv6, gap for nothing", "[1:2:3:4:5:6:7::8]", "-"},
      {"IPv6, five digits", "[12345::]", "-"},
      {"IPv6 zone", "[fe80::1%25eth0]", "-"},
      {"IPv4 tail too large", "[::256.0.0.1]", "-"},
      {"256 bytes", std::string(256, 'a'), "-"},
  }));
  CAPTURE(row.what);
  std::string scratch;
  const auto host = parse_host(row.raw, scratch);
  CHECK((host ? std::string{host->authority} : "-") == row.expected);
}

TEST_CASE("a port that the scheme implies is none (RFC 3986 §6.2.3)") {
  std::string scratch;
  const auto host = parse_host("a.example:443", scratch);
  REQUIRE(host);
  CHECK(without_default_port(*host, "https") == "a.example");
  CHECK(without_default_port(*host, "http") == "a.example:443");
  CHECK(host->host == "a.example");
  CHECK(host->port == "443");
}

TEST_CASE("queries (SEC-03)") {
  using Names = std::vector<std::string>;
  struct QueryRow {
    const char* what;
    config::QueryRule rule;
    std::string query;
    std::string expected;
  };
  const QueryRow row = GENERATE(values<QueryRow>({
      {"sorted by name, in order within one", {}, "b=1&a=2&a=1", "a=2&a=1&b=1"},
      {"a prefix sorts first", {}, "ab&a", "a&ab"},
      {"not sorted", {{}, {}, false}, "b=1&a=2", "b=1&a=2"},
      {"include", {Names{"a"}, {}, true}, "b=1&a=2&a", "a=2&a"},
      {"include none of them", {Names{"x"}, {}, true}, "b=1", ""},
      {"exclude", {{}, Names{"utm"}, true}, "utm=1;x=2&a=1", "a=1"},
      {"';' does not split", {{}, Names{"utm"}, true}, "a=1;utm=2", "a=1;utm=2"},
      {"names are not decoded", {{}, Names{"utm"}, true}, "%75tm=1", "%75tm=1"},
      {"an escaped '&' does not split", {{}, Names{"b"}, true}, "a=1%26b=2", "a=1%26b=2"},
      {"empty pairs are pairs", {}, "a&&", "&&a"},
      {"a value may hold '='", {Names{"a"}, {}, true}, "a=b=c&d", "a=b=c"},
  }));
  CAPTURE(row.what);
  std::string scratch;
  CHECK(canonical_query(row.query, row.rule, scratch) == row.expected);
}

TEST_CASE("a query that loses its last pair loses its mark") {
  std::string scratch;
  Target target{.path = "/", .query = "utm=1", .has_query = true};
  apply_query_rule(target, {{}, {"utm"}, true}, scratch);
  CHECK_FALSE(target.has_query);
  Target empty{.path = "/", .query = "", .has_query = true};
  apply_query_rule(empty, {{}, {"utm"}, true}, scratch);
  CHECK(empty.has_query);
}

TEST_CASE("canonical queries stay as they are, and hold the same pairs", "[property]") {
  std::mt19937 random{20241122};
  const config::QueryRule rule{{}, {"b"}, true};
  for (int round = 0; round < 5000; ++round) {
    std::string query;
    const auto length = random() % 12;
    for (unsigned i = 0; i < length; ++i) query += "ab=&;%"[random() % 6];
    std::string once;
    std::string twice;
    const std::string first{canonical_query(query, rule, once)};
    CAPTURE(query, first);
    REQUIRE(canonical_query(first, rule, twice) == first);
    REQUIRE(twice.empty());  // the second time, nothing had to be written
    REQUIRE(("&" + first).find("&b=") == std::string::npos);
  }
}
