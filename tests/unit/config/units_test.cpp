#include "config/units.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::config;
using namespace std::chrono_literals;

TEST_CASE("durations are read and written alike") {
  struct Row {
    const char* text;
    std::chrono::milliseconds value;
    const char* written;
  };
  const Row rows[] = {{"0", 0ms, "0s"},
                      {"0s", 0ms, "0s"},
                      {"250ms", 250ms, "250ms"},
                      {"5m", 5min, "5m"},
                      {"1h30m", 90min, "1h30m"},
                      {"90m", 90min, "1h30m"},
                      {"7d", 168h, "7d"},
                      {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms, "1d2h3m4s5ms"},
                      {"36500d", kLongestDuration, "36500d"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_duration(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == row.value);
    CHECK(to_text(row.value) == row.written);
    CHECK(*parse_duration(row.written) == row.value);
  }
}

TEST_CASE("what is no duration is told why") {
  struct Row {
    const char* text;
    const char* what;
  };
  const std::string form = "expected a duration such as 250ms, 5m or 1h30m, found ";
  const Row rows[] = {{"", "\"\""},
                      {"5", "\"5\": the unit is missing"},
                      {"s", "\"s\""},
                      {"-5s", "\"-5s\""},
                      {"1.5s", "\"1.5s\": the unit is missing"},
                      {"5 m", "\"5 m\": the unit is missing"},
                      {"5mm", "\"5mm\" (did you mean \"ms\"?)"},
                      {"5M", "\"5M\" (did you mean \"m\"?)"},
                      {"5sec", "\"5sec\""},
                      {"30m1h", "\"30m1h\": larger units come first, each once"},
                      {"1m1m", "\"1m1m\": larger units come first, each once"},
                      {"1h ", "\"1h \""}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_duration(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == form + row.what);
  }
}

TEST_CASE("durations do not overflow") {
  for (const char* text : {"36501d", "36500d1ms", "9223372036854775807d", "9223372036854775808ms",
                           "99999999999999999999999s"}) {
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == '"' + std::string{text} + "\" is longer than a hundred years");
  }
}

TEST_CASE("sizes are read and written alike") {
  struct Row {
    const char* text;
    Bytes value;
    const char* written;
  };
  const Row rows[] = {{"0", 0_B, "0B"},
                      {"512B", 512_B, "512B"},
                      {"8192B", 8_KiB, "8KiB"},
                      {"64MiB", 64_MiB, "64MiB"},
                      {"10MB", 10'000'000_B, "10000000B"},
                      {"1kB", 1000_B, "1000B"},
                      {"1KB", 1000_B, "1000B"},
                      {"3GB", 3'000'000'000_B, "3000000000B"},
                      {"2GiB", 2_GiB, "2GiB"},
                      {"1TB", 1'000'000'000'000_B, "976562500KiB"},
                      {"1024GiB", 1024_GiB, "1TiB"},
                      {"1048576TiB", kLargestSize, "1048576TiB"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_size(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == row.value);
    CHECK(to_text(row.value) == row.written);
    CHECK(*parse_size(row.written) == row.value);
  }
}

TEST_CASE("what is no size is told why") {
  struct Row {
    const char* text;
    const char* what;
  };
  const Row rows[] = {
      {"", "expected a size such as 512B, 64MiB or 10MB, found \"\""},
      {"64", "expected a size such as 512B, 64MiB or 10MB, found \"64\": the unit is missing"},
      {"64mib",
       "expected a size such as 512B, 64MiB or 10MB, found \"64mib\" (did you mean \"MiB\"?)"},
      {"-1B", "expected a size such as 512B, 64MiB or 10MB, found \"-1B\""},
      {"1MiB1B", "expected a size such as 512B, 64MiB or 10MB, found \"1MiB1B\""},
      {"1048577TiB", "\"1048577TiB\" is more than 1 EiB"},
      {"18446744073709551616B", "\"18446744073709551616B\" is more than 1 EiB"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_size(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
  }
}

TEST_CASE("percentages") {
  CHECK(*parse_percent("0") == 0);
  CHECK(*parse_percent("10%") == 10);
  CHECK(*parse_percent("100") == 100);
  for (const char* bad : {"", "%", "101", "-1", "1.5", "10%%", "10 %"}) {
    CAPTURE(bad);
    CHECK(parse_percent(bad).has_error());
  }
}
