// Limits and line ends at their edges (F4, F6, F7; R6, R10).
#include "proxy/message/head_scan.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::message;

namespace {

config::ClientLimits small_limits() {
  config::ClientLimits limits;
  limits.request_line = 20_B;
  limits.field_line = 12_B;
  limits.header_block = 58_B;
  limits.fields = 3;
  return limits;
}

/// 0: complete; 1: more is needed; else the status.
unsigned scan(Direction direction, std::string_view text) {
  HeadScan scan{direction, small_limits()};
  const auto result = scan.scan(text);
  if (!result) return result.error().status;
  return *result ? 0 : 1;
}

struct Row {
  const char* what;
  std::string text;
  unsigned expected;
};

}  // namespace

TEST_CASE("limits refuse one byte above, not one below") {
  const Row row = GENERATE(values<Row>({
      {"F6: start line of 20 bytes", "GET /23456 HTTP/1.1 \r\n\r\n", 0},
      {"F6: start line of 21 bytes", "GET /234567 HTTP/1.1 \r\n\r\n", 414},
      {"F6: endless start line", std::string(21, 'a'), 414},
      {"F6: field line of 12 bytes", "GET / H\r\nabc: 6789012\r\n\r\n", 0},
      {"F6: field line of 13 bytes", "GET / H\r\nabc: 67890123\r\n\r\n", 431},
      {"F6: endless field line", "GET / H\r\n" + std::string(13, 'a'), 431},
      {"F6: 3 fields", "GET / H\r\na:1\r\nb:2\r\nc:3\r\n\r\n", 0},
      {"F6: 4 fields", "GET / H\r\na:1\r\nb:2\r\nc:3\r\nd:4\r\n\r\n", 431},
      {"F6: block of 59 bytes",
       "GET /23456 HTTP/1.1\r\na: 4567890\r\nb: 4567890\r\nc: 4567890\r\n\r\n", 431},
      {"F6: two empty lines before", "\r\n\r\nGET / H\r\n\r\n", 0},
      {"F6: three empty lines before", "\r\n\r\n\r\nGET / H\r\n\r\n", 400},
      {"F7: folded line", "GET / H\r\na: 1\r\n b\r\n\r\n", 400},
      {"F7: line of one tab", "GET / H\r\na: 1\r\n\t\r\n\r\n", 400},
      {"F7: bare CR", "GET / H\r\na\rb: 1\r\n\r\n", 400},
      {"F7: bare LF", "GET / H\na: 1\r\n\r\n", 400},
      {"F7: CR may yet be followed by LF", "GET / H\r", 1},
      {"F7: tab in a value", "GET / H\r\na:\t1\r\n\r\n", 0},
      {"F4: tab in the request line", "GET\t/ H\r\n\r\n", 400},
      {"F4: TLS on a plain port", "\x16\x03\x01", 400},
  }));
  CAPTURE(row.what);
  CHECK(scan(Direction::Request, row.text) == row.expected);
}

// Text is looked at eight bytes at a time.
TEST_CASE("F4, F7: a byte is judged alike wherever it stands in its line") {
  constexpr std::size_t kLength = 19;
  config::ClientLimits limits;
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const bool control = value < 0x20 || value == 0x7f;
    for (std::size_t at = 0; at < kLength; ++at) {
      CAPTURE(value, at);
      std::string text(kLength, 'x');
      text[at] = byte;
      HeadScan field{Direction::Request, limits};
      CHECK(field.scan("GET / H\r\na:" + text + "\r\n\r\n").has_value() ==
            (!control || byte == '\t'));
      HeadScan line{Direction::Request, limits};
      CHECK(line.scan("GET /" + text + " H\r\n\r\n").has_value() == (!control && value < 0x80));
    }
  }
}

TEST_CASE("what an origin does wrong is 502") {
  const Row row = GENERATE(values<Row>({
      {"R6: start line", std::string(21, 'a'), 502},
      {"R6: fields", "HTTP/1.1 200\r\na:1\r\nb:2\r\nc:3\r\nd:4\r\n\r\n", 502},
      {"R10: folded line", "HTTP/1.1 200\r\na: 1\r\n b\r\n\r\n", 502},
      {"R10: NUL", std::string("HTTP/1.1 200\r\na: \0", 18), 502},
      {"R10: empty line before", "\r\nHTTP/1.1 200\r\n\r\n", 502},
      {"obs-text in the reason (RFC 9112 §4)", "HTTP/1.1 200 \xe9\r\n\r\n", 0},
      {"HTAB in the reason (RFC 9112 §4)", "HTTP/1.1 200 a\tb\r\n\r\n", 0},
  }));
  CAPTURE(row.what);
  CHECK(scan(Direction::Response, row.text) == row.expected);
}

TEST_CASE("the end is found wherever the cuts are, and only the head is taken") {
  const std::string text = "\r\nGET / H\r\na: 1\r\n\r\nbody";
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    CAPTURE(cut);
    HeadScan scan{Direction::Request, small_limits()};
    const auto first = scan.scan(std::string_view{text}.substr(0, cut));
    REQUIRE(first.has_value());
    CHECK(*first == (cut >= text.size() - 4));
    REQUIRE(*scan.scan(text));
    CHECK(scan.begin() == 2);
    CHECK(scan.end() == text.size() - 4);
  }
}
