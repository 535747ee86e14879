#include "proxy/base/ascii.hpp"

#include <catch2/catch.hpp>

using namespace wf;

TEST_CASE("a list is split at commas outside quoted strings", "[rfc9110 5.6.1]") {
  std::string_view rest = R"(a, ,"b,c\"," ;x , d)";
  CHECK(ascii::next_element(rest) == "a");
  CHECK(ascii::next_element(rest) == R"("b,c\"," ;x)");
  CHECK(ascii::next_element(rest) == "d");
  CHECK(ascii::next_element(rest).empty());
  CHECK(rest.empty());
}

TEST_CASE("an unterminated quoted string ends with the text") {
  std::string_view rest = R"("a,\)";
  CHECK(ascii::next_element(rest) == R"("a,\)");
  CHECK(rest.empty());
}

TEST_CASE("list membership ignores case and blanks") {
  CHECK(ascii::list_contains("Keep-Alive,\tCLOSE ", "close"));
  CHECK_FALSE(ascii::list_contains("closed, not-close", "close"));
}

TEST_CASE("only digits are a number") {
  CHECK(ascii::parse_uint("0") == 0);
  CHECK(ascii::parse_uint("9223372036854775807") == 9223372036854775807U);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "9223372036854775808"}) {
    CAPTURE(bad);
    CHECK_FALSE(ascii::parse_uint(bad));
  }
}

TEST_CASE("tokens") {
  CHECK(ascii::is_token("X-Request_Id!"));
  for (const char* bad : {"", "a b", "a:b", "a\x7f", "\xc3\xa9"}) {
    CAPTURE(bad);
    CHECK_FALSE(ascii::is_token(bad));
  }
}

TEST_CASE("hex") { CHECK(ascii::hex(std::string_view{"\x00\xff\x10", 3}) == "00ff10"); }
