// Heads as text; no value splits a line (RFC 9112 §2.2, SEC-24).
#include "proxy/message/write.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::message;

namespace {

policy::Target path(std::string_view text) { return {.path = text}; }

}  // namespace

TEST_CASE("a head is built line by line") {
  std::string out;
  append_status_line(out, 206);
  CHECK(append_field(out, "ETag", "\"a\tb\""));
  append_number_field(out, "Age", 18'446'744'073'709'551'615U);
  CHECK(out == "HTTP/1.1 206 Partial Content\r\nETag: \"a\tb\"\r\nAge: 18446744073709551615\r\n");

  out.clear();
  CHECK(append_request_line(out, "GET", {.path = "/x", .query = "y", .has_query = true}));
  CHECK(append_request_line(out, "GET", {.path = "/", .has_query = true}));
  CHECK(append_request_line(out, "OPTIONS", path("*")));
  CHECK(out == "GET /x?y HTTP/1.1\r\nGET /? HTTP/1.1\r\nOPTIONS * HTTP/1.1\r\n");
}

TEST_CASE("a status without a registered phrase keeps its blank (RFC 9112 §4)") {
  std::string out;
  append_status_line(out, 299);
  CHECK(out == "HTTP/1.1 299 \r\n");
}

TEST_CASE("what could end a line is refused, and nothing is written") {
  std::string out = "before";
  for (const auto& value : {std::string{"a\r\nb"}, std::string{"a\nb"}, std::string{"a\rb"},
                            std::string{"a\0b", 3}, std::string{"\x7f"}, std::string{"\x1b[0m"}}) {
    CHECK_FALSE(append_field(out, "X", value));
    CHECK_FALSE(append_request_line(out, "GET", path("/" + value)));
    CHECK_FALSE(append_request_line(out, "GET", {.path = "/", .query = value, .has_query = true}));
    CHECK_FALSE(append_request_line(out, "G" + value, path("/")));
  }
  for (const char* name : {"", "a b", "a:", "a\r\n", "\xc3\xa9"})
    CHECK_FALSE(append_field(out, name, "v"));
  CHECK_FALSE(append_request_line(out, "GET", path("/a b")));
  CHECK_FALSE(append_request_line(out, "GET", path("")));
  CHECK(out == "before");
}

TEST_CASE("unsound fields are left out and counted") {
  std::string out;
  const std::vector<Field> fields{{"A", "1"}, {"B", "2\r\nC: 3"}, {"D", ""}};
  CHECK(append_fields(out, fields) == 1);
  CHECK(out == "A: 1\r\nD: \r\n");
}

TEST_CASE("an empty chunk is not written, since it would end the body (RFC 9112 §7.1)") {
  std::string out;
  append_chunk(out, "");
  append_chunk(out, std::string(17, 'a'));
  CHECK(out == "11\r\n" + std::string(17, 'a') + "\r\n");
}
