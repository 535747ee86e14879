// Field lines as text; no value splits a line (RFC 9112 §2.2, SEC-24).
#include "proxy/base/field_text.hpp"

#include <catch2/catch.hpp>

#include "proxy/base/ascii.hpp"

using namespace wf;

TEST_CASE("a value is put together where it stands") {
  std::string out = "A: 1\r\n";
  FieldLine{out, "Via"}.add("1.1 ").add('w').end();
  CHECK(out == "A: 1\r\nVia: 1.1 w\r\n");
}

TEST_CASE("a line without a value, or an unsound one, leaves nothing behind") {
  const std::string before = "A: 1\r\n";
  std::string out = before;
  FieldLine{out, "Via"}.end();
  CHECK(out == before);
  for (const std::string_view part : {"\r\nB: 2", "\n", "\x7f", "\x01"}) {
    FieldLine{out, "Via"}.add("1.1 ").add(part).add(" and more").end();
    CHECK(out == before);
  }
  FieldLine{out, "not a name"}.add("1").end();
  CHECK(out == before);
}

TEST_CASE("what could end a line is found wherever it stands (RFC 9110 §5.5)") {
  for (const char bad : {'\0', '\r', '\n', '\x1b', '\x7f'}) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = bad;
      CAPTURE(static_cast<int>(bad), at);
      CHECK_FALSE(ascii::is_line_safe(text));
    }
  }
  for (std::size_t length = 0; length < 20; ++length) {
    CHECK(ascii::is_line_safe(std::string(length, '\t')));
    CHECK(ascii::is_line_safe(std::string(length, ' ')));
    CHECK(ascii::is_line_safe(std::string(length, '\xff')));
  }
}
