// One row, one sentence: heads against the rules of the front. The catalogue has the hostile ones;
// here are the edges and what is understood of those that pass.
#include "proxy/message/rules.hpp"

#include <catch2/catch.hpp>

#include "proxy/message/reader.hpp"

using namespace wf;
using namespace wf::message;

namespace {

/// "" if accepted, else "F2 400".
std::string refusal(const RequestRules& rules, const std::string& head) {
  RequestReader reader{rules};
  const auto done = reader.read_head(head);
  if (!done) {
    return std::string{to_string(done.error().rule)} + " " + std::to_string(done.error().status);
  }
  REQUIRE(*done);
  return {};
}

std::string get(const std::string& fields, const std::string& line = "GET /x HTTP/1.1") {
  return line + "\r\n" + fields + "\r\n";
}

std::string many_options(unsigned n) {
  std::string list = "x-0";
  for (unsigned i = 1; i < n; ++i) list += ", x-" + std::to_string(i);
  return list;
}

struct Row {
  const char* what;
  std::string head;
  const char* refusal;
};

}  // namespace

TEST_CASE("request heads against the rules") {
  const std::string host = "Host: a.example\r\n";
  const std::string post = "POST /x HTTP/1.1";
  const Row row = GENERATE_COPY(values<Row>({
      {"F1, RFC 9112 §6.1: chunked", get(host + "Transfer-Encoding: ChunKed \r\n", post), ""},
      {"F1, §6.1: not in HTTP/1.0",
       get(host + "Transfer-Encoding: chunked\r\n", "POST /x HTTP/1.0"), "F1 400"},
      {"F1, §6.1: a coding we do not undo",
       get(host + "Transfer-Encoding: gzip, chunked\r\n", post), "F1 501"},
      {"F1, §6.3: chunked is not last", get(host + "Transfer-Encoding: chunked, gzip\r\n", post),
       "F1 400"},
      {"F1, §6.1: a list that ends in nothing", get(host + "Transfer-Encoding: gzip,\r\n", post),
       "F1 400"},
      {"F2, RFC 9110 §8.6: 18 digits", get(host + "Content-Length: 000000000000000005\r\n", post),
       ""},
      {"F2: 19 digits", get(host + "Content-Length: 0000000000000000005\r\n", post), "F2 400"},
      {"F2: twice the same", get(host + "Content-Length: 5\r\nContent-Length: 5\r\n", post),
       "F2 400"},
      {"F3, RFC 9112 §3.2: no Host", get(""), "F3 400"},
      {"F3: none in HTTP/1.0", get("", "GET /x HTTP/1.0"), ""},
      {"F3: IPv6", get("Host: [::1]:8080\r\n"), ""},
      {"F3, §3.2.2: absolute form of another host", get(host, "GET http://b.example/ HTTP/1.1"),
       "F3 400"},
      {"F3: absolute form with the implied port", get(host, "GET http://A.example:80 HTTP/1.1"),
       ""},
      {"F3: absolute form with a malformed port", get(host, "GET http://a.example:x/ HTTP/1.1"),
       "F3 400"},
      {"F3: absolute form in HTTP/1.0, without Host", get("", "GET http://a.example/ HTTP/1.0"),
       ""},
      {"F4, §3.2.4: asterisk with GET", get(host, "GET * HTTP/1.1"), "F4 400"},
      {"F5: encoded slash", get(host, "GET /a%2Fb HTTP/1.1"), "F5 400"},
      {"F7: underscore dropped", get(host + "X_Y: 1\r\n"), ""},
      {"F7: underscore that aliases", get(host + "X_Forwarded-For: 1\r\n"), "F7 400"},
      {"F7: as long as the end of a body, but not it", get(host + "Content_Lengt1: 1\r\n"), ""},
      {"F7: the end of a body", get(host + "Content_Length: 1\r\n"), "F7 400"},
      {"F7: the coding of a body", get(host + "transfer_Encoding: chunked\r\n"), "F7 400"},
      {"F8, RFC 9110 §9.1: case matters", get(host, "Get /x HTTP/1.1"), "F8 501"},
      {"F8: QUERY where no route names it", get(host, "QUERY /x HTTP/1.1"), "F8 501"},
      {"F8: CONNECT", get(host, "CONNECT a.example:443 HTTP/1.1"), "F8 501"},
      {"F10, §7.6.1: nominates an end-to-end field", get(host + "Connection: close, If-Match\r\n"),
       "F10 400"},
      {"F10, §7.6.1: an option that is no token", get(host + "Connection: close, a b\r\n"),
       "F10 400"},
      {"F10, RFC 9110 §5.6.1: empty members", get(host + "Connection: ,, close , \r\n"), ""},
      {"F10: nominates an unknown field", get(host + "Connection: x-hop\r\n"), ""},
      {"F10: more options than anybody needs",
       get(host + "Connection: " + many_options(33) + "\r\n"), "F10 400"},
      {"F10: many options in two fields",
       get(host + "Connection: " + many_options(16) + "\r\nConnection: " + many_options(16) +
           "\r\n"),
       ""},
      {"F12, §10.1.1: another expectation", get(host + "Expect: 200-ok\r\n", post), "F12 417"},
      {"F12: another expectation in HTTP/1.0", get(host + "Expect: 200-ok\r\n", "GET / HTTP/1.0"),
       ""},
      {"§2.5: HTTP/1.2", get(host, "GET /x HTTP/1.2"), "version 505"},
      {"§2.5: HTTP/1.10", get(host, "GET /x HTTP/1.10"), "version 400"},
  }));
  CAPTURE(row.what);
  CHECK(refusal(RequestRules{}, row.head) == row.refusal);
}

TEST_CASE("F1, RFC 9112 §6.3: a coding and a length, whichever comes first") {
  // The parser in front of the rule refuses it too: this is the rule by itself.
  const Field coding{"Transfer-Encoding", "chunked"};
  const Field length{"Content-Length", "5"};
  rules::FramingFields out;
  CHECK(rules::framing(std::vector<Field>{coding, length}, 11, out).value().rule == Rule::F1);
  CHECK(rules::framing(std::vector<Field>{length, coding}, 11, out).value().rule == Rule::F1);
  CHECK(rules::framing(std::vector<Field>{coding, coding}, 11, out).value().rule == Rule::F1);
  CHECK_FALSE(out.chunked);
  CHECK_FALSE(out.has_length);
}

TEST_CASE("F3: the authority of an absolute target stands for Host where HTTP/1.0 has none") {
  RequestReader reader{RequestRules{}};
  const auto text = get("", "GET http://A.example:8080/x HTTP/1.0");
  REQUIRE(*reader.read_head(text));
  CHECK(reader.head().host.authority == "a.example:8080");
  CHECK(reader.head().target.path == "/x");
}

TEST_CASE("F3: 421 for a host that is not served") {
  const std::vector<std::string> hosts{"a.example", "*.b.example"};
  RequestRules rules;
  rules.hosts = hosts;
  CHECK(refusal(rules, get("Host: A.example.:80\r\n")).empty());
  CHECK(refusal(rules, get("Host: x.b.example\r\n")).empty());
  CHECK(refusal(rules, get("Host: b.example\r\n")) == "F3 421");
  CHECK(refusal(rules, get("", "GET / HTTP/1.0")) == "F3 421");
}

TEST_CASE("F8: other methods where a route names them") {
  RequestRules rules;
  rules.methods = {"QUERY", "M-SEARCH", "TRACE", "CONNECT"};
  CHECK(refusal(rules, get("Host: a\r\n", "QUERY /x HTTP/1.1")).empty());
  CHECK(refusal(rules, get("Host: a\r\n", "M-SEARCH /x HTTP/1.1")).empty());
  CHECK(refusal(rules, get("Host: a\r\n", "m-search /x HTTP/1.1")) == "F8 501");
  CHECK(refusal(rules, get("Host: a\r\n", "PROPFIND /x HTTP/1.1")) == "F8 501");
  CHECK(refusal(rules, get("Host: a\r\n", "TRACE /x HTTP/1.1")) == "F8 501");
}

TEST_CASE("F9: bodies only where they are expected") {
  RequestHead head;
  head.framing = Framing::Length;
  head.content_length = 1;
  for (const auto method : {policy::Method::Get, policy::Method::Head, policy::Method::Delete}) {
    head.method = method;
    CHECK(rules::unexpected_body(head, false).value().rule == Rule::F9);
    CHECK_FALSE(rules::unexpected_body(head, true));
  }
  head.method = policy::Method::Post;
  CHECK_FALSE(rules::unexpected_body(head, false));
  head.method = policy::Method::Get;
  head.content_length = 0;
  CHECK_FALSE(rules::unexpected_body(head, false));
}

TEST_CASE("F6: 413 by what is announced, and by what comes") {
  RequestRules rules;
  rules.limits.body = 10_B;
  const std::string line = "POST /x HTTP/1.1";
  CHECK(refusal(rules, get("Host: a\r\nContent-Length: 10\r\n", line)).empty());
  CHECK(refusal(rules, get("Host: a\r\nContent-Length: 11\r\n", line)) == "F6 413");
  const auto head = get("Host: a\r\nTransfer-Encoding: chunked\r\n", line);
  RequestReader reader{rules};
  REQUIRE(*reader.read_head(head));
  REQUIRE(reader.read_body("a\r\n0123456789").has_value());
  CHECK(reader.read_body("\r\n1\r\n").error().status == 413);
}

TEST_CASE("what is understood of a head") {
  RequestReader reader{RequestRules{}};
  const auto text =
      get("Host: A.Example:8080\r\nX: \t v \r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "Content-Length: 3\r\nExpect: 100-Continue\r\nA_B: c\r\n",
          "POST http://a.example:8080/a/./b?c=/../ HTTP/1.1");
  const auto unread = text + "abc";
  REQUIRE(*reader.read_head(unread));
  const RequestHead& head = reader.head();
  CHECK(head.method == policy::Method::Post);
  CHECK(head.host.authority == "a.example:8080");
  CHECK(head.target.path == "/a/b");
  CHECK(head.target.query == "c=/../");
  CHECK(field_value(head.fields, "x") == "v");
  CHECK_FALSE(has_field(head.fields, "A_B"));
  CHECK(head.upgrade == "websocket");
  CHECK(head.expect_continue);
  CHECK(head.keep_alive);
  CHECK(head.content_length == 3);
  CHECK(reader.head_size() == text.size());
}

TEST_CASE("RFC 9110 §7.6.1: what Connection nominates is gone before anybody keys on it") {
  RequestReader reader{RequestRules{}};
  const auto text =
      get("Host: a\r\nConnection: Keep-Alive, X-Tenant\r\nx-tenant: 1\r\nAccept-Language: de\r\n"
          "X-Other: 2\r\nConnection: accept-language, upgrade, te\r\nTE: trailers\r\n"
          "Upgrade: websocket\r\nX-Tenant: 3\r\n");
  REQUIRE(*reader.read_head(text));
  const FieldSpan fields = reader.head().fields;
  CHECK_FALSE(has_field(fields, "X-Tenant"));
  CHECK_FALSE(has_field(fields, "Accept-Language"));
  CHECK(has_field(fields, "X-Other"));
  CHECK(has_field(fields, "TE"));  // by its name it ends here anyway
  CHECK(count_fields(fields, "Connection") == 2);
  CHECK(reader.head().upgrade == "websocket");
  CHECK(reader.head().keep_alive);
}

TEST_CASE("persistence and upgrades (RFC 9112 §9.3, RFC 9110 §7.8)") {
  const auto keeps = [](const std::vector<Field>& fields, unsigned version) {
    return rules::keep_alive(fields, version);
  };
  CHECK(keeps({}, 11));
  CHECK_FALSE(keeps({}, 10));
  CHECK(keeps({{"Connection", "Keep-Alive"}}, 10));
  CHECK_FALSE(keeps({{"Connection", "keep-alive"}, {"connection", "x, CLOSE"}}, 11));

  const std::vector<Field> h2c{{"Connection", "upgrade"}, {"Upgrade", "websocket, h2c"}};
  CHECK(rules::upgrade(h2c, 11).empty());
  const std::vector<Field> websocket{{"Connection", "upgrade"}, {"Upgrade", "websocket"}};
  CHECK(rules::upgrade(websocket, 11) == "websocket");
  CHECK(rules::upgrade(websocket, 10).empty());
  CHECK(rules::upgrade(std::vector<Field>{{"Upgrade", "websocket"}}, 11).empty());
  const std::vector<Field> two{{"Connection", "upgrade"}, {"Upgrade", "a"}, {"Upgrade", "b"}};
  CHECK(rules::upgrade(two, 11).empty());
}
