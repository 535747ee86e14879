// What is sent on, in both directions.
#include "proxy/policy/forward.hpp"

#include <catch2/catch.hpp>

#include "proxy/policy/hop_by_hop.hpp"
#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

const std::vector<std::string> kPoison{"X-Forwarded-Host",
                                       "X-Forwarded-Scheme",
                                       "X-Forwarded-Proto",
                                       "X-Forwarded-Port",
                                       "X-Forwarded-For",
                                       "X-Forwarded-Server",
                                       "X-Forwarded-SSL",
                                       "X-Forwarded-Prefix",
                                       "X-Forwarded-Path",
                                       "X-Forwarded",
                                       "Forwarded",
                                       "X-Host",
                                       "X-Original-URL",
                                       "X-Rewrite-URL",
                                       "X-Original-Host",
                                       "X-HTTP-Method-Override",
                                       "X-HTTP-Method",
                                       "X-Method-Override",
                                       "X-Real-IP",
                                       "X-Client-IP",
                                       "True-Client-IP",
                                       "CF-Connecting-IP",
                                       "Client-IP",
                                       "X-Cluster-Client-IP",
                                       "X-Originating-IP",
                                       "X-Remote-IP",
                                       "X-Remote-Addr",
                                       "X-Backend-Host",
                                       "X-HTTP-Host-Override",
                                       "X-Original-URI",
                                       "X-Proxy-URL",
                                       "X-URL-Scheme",
                                       "X-Scheme",
                                       "Front-End-HTTPS",
                                       "Proxy",
                                       "Base-Url",
                                       "Destination",
                                       "X-Middleware-Subrequest",
                                       "X-Invoke-Path",
                                       "X-Envoy-Original-Path"};

ForwardContext context() {
  ForwardContext out;
  out.via = "warmfront";
  out.client = "192.0.2.1";
  out.scheme = "http";
  out.authority = "a.example:8080";
  out.host = "a.example:8080";
  return out;
}

OwnedFields forward(const ForwardContext& context, const std::vector<Field>& received) {
  std::string lines;
  append_forwarded_fields(context, received, lines);
  std::erase(lines, '\r');
  lines.pop_back();
  return owned(fields_of(lines));
}

/// All values of a name, joined by "; "; "-" if there is none.
std::string value(const OwnedFields& fields, std::string_view name) {
  const auto joined = joined_value(views(fields), name);
  return joined ? *joined : "-";
}

}  // namespace

TEST_CASE("SEC-01: none of 40 poisoning headers reaches an origin from a cacheable route") {
  REQUIRE(kPoison.size() == 40);
  const config::Cache cache;
  for (const std::string& name : kPoison) {
    for (const auto purpose : {Purpose::Pass, Purpose::Fill}) {
      CAPTURE(name);
      auto c = context();
      c.cache = &cache;
      c.purpose = purpose;
      c.trust_forwarded = true;  // makes no difference here
      for (const auto& field : forward(c, {{name, "evil"}})) {
        CHECK(field.value.find("evil") == std::string::npos);
      }
    }
  }
}

TEST_CASE("a keyed or allow-listed header goes through, and as it was keyed") {
  config::Cache cache;
  cache.key_headers = {"x-forwarded-host", "X-Forwarded-For"};
  cache.forward_headers = {"x-real-ip"};
  auto c = context();
  c.cache = &cache;
  const auto sent = forward(c, {{"X-Forwarded-Host", "b.example"},
                                {"X-Forwarded-For", "1.1.1.1"},
                                {"X-Real-IP", "2.2.2.2"}});
  CHECK(value(sent, "x-forwarded-host") == "b.example");
  CHECK(value(sent, "x-forwarded-for") == "1.1.1.1");
  CHECK(value(sent, "x-real-ip") == "2.2.2.2");
  // Not sent by the client: then ours.
  CHECK(value(forward(c, {}), "x-forwarded-host") == "a.example:8080");
}

TEST_CASE("SEC-04: other routes pass a method override on") {
  CHECK(value(forward(context(), {{"X-HTTP-Method-Override", "PUT"}}), "x-http-method-override") ==
        "PUT");
}

TEST_CASE("hop-by-hop fields stay behind (RFC 9110 §7.6.1)") {
  const std::vector<Field> received{{"Connection", "close, x-hop"},
                                    {"Keep-Alive", "1"},
                                    {"Proxy-Connection", "1"},
                                    {"TE", "trailers"},
                                    {"Trailer", "x"},
                                    {"Transfer-Encoding", "chunked"},
                                    {"Upgrade", "h2c"},
                                    {"HTTP2-Settings", "x"},
                                    {"Proxy-Authorization", "x"},
                                    {"X-Hop", "1"},
                                    {"Expect", "100-continue"},
                                    {"Content-Length", "5"},
                                    {"Host", "evil"},
                                    {"X-Kept", "1"}};
  const auto sent = forward(context(), received);
  std::string names;
  for (const auto& field : sent) names += field.name + " ";
  CHECK(names == "Host X-Kept Via X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host Forwarded ");
  CHECK(value(sent, "host") == "a.example:8080");
}

TEST_CASE("Surrogate-Capability is ours where the route caches (Edge Architecture §2.1)") {
  const config::Cache cache;
  auto c = context();
  CHECK(value(forward(c, {{"Surrogate-Capability", "x=\"ESI/1.0\""}}), "surrogate-capability") ==
        "x=\"ESI/1.0\"");
  c.cache = &cache;
  CHECK(value(forward(c, {{"Surrogate-Capability", "x=\"ESI/1.0\""}}), "surrogate-capability") ==
        "warmfront=\"Surrogate/1.0\"");
}

TEST_CASE("Via is appended to (RFC 9110 §7.6.3)") {
  auto c = context();
  c.version = 10;
  CHECK(value(forward(c, {{"Via", "1.1 other"}}), "via") == "1.1 other, 1.0 warmfront");
}

TEST_CASE("where the client came from (RFC 7239)") {
  const auto plain = forward(context(), {});
  CHECK(value(plain, "x-forwarded-for") == "192.0.2.1");
  CHECK(value(plain, "x-forwarded-proto") == "http");
  CHECK(value(plain, "x-forwarded-host") == "a.example:8080");
  CHECK(value(plain, "forwarded") == "for=192.0.2.1;host=\"a.example:8080\";proto=http");

  auto six = context();
  six.client = "2001:db8::1";
  six.authority = "a.example";
  CHECK(value(forward(six, {}), "forwarded") == "for=\"[2001:db8::1]\";host=a.example;proto=http");

  auto unix_socket = context();
  unix_socket.client = "";
  unix_socket.authority = "";
  CHECK(value(forward(unix_socket, {}), "forwarded") == "for=unknown;proto=http");
  CHECK(value(forward(unix_socket, {}), "x-forwarded-for") == "-");
}

TEST_CASE("what the client says of its way counts only if it is trusted") {
  const std::vector<Field> received{
      {"X-Forwarded-For", "1.1.1.1"}, {"x-forwarded-for", "2.2.2.2"},
      {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "public.example"},
      {"X-Forwarded-Port", "443"},    {"Forwarded", "for=1.1.1.1"}};
  auto c = context();
  CHECK(value(forward(c, received), "x-forwarded-for") == "192.0.2.1");
  CHECK(value(forward(c, received), "x-forwarded-port") == "-");
  c.trust_forwarded = true;
  c.client = "1.1.1.1";
  c.peer = "192.0.2.1";
  const auto sent = forward(c, received);
  CHECK(value(sent, "x-forwarded-for") == "1.1.1.1, 2.2.2.2, 192.0.2.1");
  CHECK(value(sent, "x-forwarded-proto") == "https");
  CHECK(value(sent, "x-forwarded-host") == "public.example");
  CHECK(value(sent, "x-forwarded-port") == "443");
  CHECK(value(sent, "forwarded").starts_with("for=1.1.1.1, for=192.0.2.1;"));
}

TEST_CASE("a fill asks for the whole, a pass for what the client asked") {
  const config::Cache cache;
  auto c = context();
  c.cache = &cache;
  const std::vector<Field> received{{"Range", "bytes=0-1"}, {"If-None-Match", "\"a\""},
                                    {"If-Range", "\"a\""},  {"if-modified-since", "x"},
                                    {"Cookie", "a=1"},      {"Accept", "*/*"}};
  CHECK(value(forward(c, received), "range") == "bytes=0-1");
  CHECK(value(forward(c, received), "cookie") == "a=1");
  c.purpose = Purpose::Fill;
  const auto sent = forward(c, received);
  for (const char* name : {"range", "if-none-match", "if-range", "if-modified-since", "cookie"}) {
    CAPTURE(name);
    CHECK(value(sent, name) == "-");
  }
  CHECK(value(sent, "accept") == "*/*");
}

TEST_CASE("SEC-10: a fill sends the keyed cookies and no other") {
  config::Cache cache;
  cache.cookies = {config::CookieRule::Mode::Key, {"lang", "theme"}};
  auto c = context();
  c.cache = &cache;
  c.purpose = Purpose::Fill;
  CHECK(value(forward(c, {{"Cookie", "sid=secret; theme=dark; lang=de"}}), "cookie") ==
        "lang=de; theme=dark");
  CHECK(value(forward(c, {{"Cookie", "sid=secret"}}), "cookie") == "-");
}

TEST_CASE("response fields that pass, and those that are stored (RFC 9111 §3.1)") {
  const std::vector<Field> received{{"Connection", "x-secret"},
                                    {"X-Secret", "1"},
                                    {"Proxy-Authenticate", "Basic"},
                                    {"Proxy-Authentication-Info", "x"},
                                    {"Content-Length", "5"},
                                    {"Transfer-Encoding", "chunked"},
                                    {"Age", "3"},
                                    {"Set-Cookie", "a=1"},
                                    {"X-User", "me"},
                                    {"ETag", "\"1\""}};
  const auto names = [&](const ResponseForwarding& forwarding) {
    std::vector<Field> out;
    append_response_fields(forwarding, received, out);
    std::string text;
    for (const Field& field : out) text.append(field.name).append(" ");
    return text;
  };
  const std::vector<std::string> private_fields{"x-user"};
  CHECK(names({}) == "Age Set-Cookie X-User ETag ");
  CHECK(names({.private_fields = private_fields}) == "Age Set-Cookie X-User ETag ");
  CHECK(names({.store = true, .private_fields = private_fields}) == "Set-Cookie ETag ");
  CHECK(names({.set_cookie = config::SetCookieRule::Strip}) == "Age X-User ETag ");
}

TEST_CASE("F10: what Connection must not name") {
  for (const char* name : {"Host", "content-length", "Authorization", "COOKIE", "Cache-Control",
                           "X-Forwarded-For", "Age", "Vary", "Range", "If-None-Match"}) {
    CAPTURE(name);
    CHECK(is_end_to_end_critical(name));
  }
  for (const char* name : {"close", "keep-alive", "Upgrade", "TE", "Trailer", "HTTP2-Settings",
                           "Proxy-Authorization", "X-Anything"}) {
    CAPTURE(name);
    CHECK_FALSE(is_end_to_end_critical(name));
  }
}
