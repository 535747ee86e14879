#include "proxy/policy/http_date.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::policy;

namespace {

constexpr std::int64_t k1994 = 784111777;   // Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::int64_t k2050 = 2544400878;  // Thu, 18 Aug 2050 02:01:18 GMT

struct DateRow {
  const char* name;
  const char* text;
  std::int64_t expected;  // Unix seconds
};

const DateRow kDates[] = {
    {"RFC 9110 §5.6.7: IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT", k1994},
    {"RFC 9110 §5.6.7: RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", k1994},
    {"RFC 9110 §5.6.7: asctime", "Sun Nov  6 08:49:37 1994", k1994},
    {"RFC 9110 §5.6.7: asctime, two digits", "Wed Nov 16 08:49:37 1994", k1994 + 864000},
    {"RFC 9110 §5.6.7: the epoch", "Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"RFC 9110 §5.6.7: before the epoch", "Wed, 31 Dec 1969 23:59:59 GMT", -1},
    {"RFC 9110 §5.6.7: beyond 32 bits", "Tue, 19 Jan 2038 14:14:08 GMT", 2147523248},
    {"RFC 9110 §5.6.7: far future", "Sun, 21 Nov 2286 04:46:39 GMT", 10000039599},
    {"RFC 9110 §5.6.7: leap day", "Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
    {"RFC 9110 §5.6.7: leap second", "Wed, 31 Dec 1969 23:59:60 GMT", 0},
    {"RFC 9110 §5.6.7: two digits, near future", "Thursday, 18-Aug-50 02:01:18 GMT", k2050},
    {"RFC 9110 §5.6.7: two digits, 50 years on", "Wednesday, 01-Jan-76 00:00:00 GMT", 3345062400},
    {"RFC 9110 §5.6.7: two digits, 51 years on is past", "Saturday, 01-Jan-77 00:00:00 GMT",
     220924800},
    {"RFC 9110 §5.6.7: the weekday is not compared", "Thu Aug  8 02:01:18 2050", 2543536878},
    {"RFC 9111 §4.2: weekday in any case", "THU, 18 Aug 2050 02:01:18 GMT", k2050},
    {"RFC 9111 §4.2: month in any case", "Thu, 18 AUG 2050 02:01:18 GMT", k2050},
    {"RFC 9111 §4.2: zone in any case", "Thu, 18 Aug 2050 02:01:18 gMT", k2050},
    {"RFC 9111 §4.2: RFC 850 in any case", "tHURSDAY, 18-aug-50 02:01:18 gmt", k2050},
};

struct MalformedRow {
  const char* name;
  const char* text;
};

const MalformedRow kMalformed[] = {
    {"RFC 9111 §5.3: 0", "0"},
    {"RFC 9111 §5.3: empty", ""},
    {"RFC 9111 §5.3: -1", "-1"},
    {"RFC 9111 §5.3: a word", "now"},
    {"RFC 9110 §5.6.7: no other zone: UTC", "Thu, 18 Aug 2050 02:01:18 UTC"},
    {"RFC 9110 §5.6.7: no other zone: AEST", "Thu, 18 Aug 2050 02:01:18 AEST"},
    {"RFC 9110 §5.6.7: no numeric zone", "Thu, 18 Aug 2050 02:01:18 +0000"},
    {"RFC 9110 §5.6.7: no zone at all", "Thu, 18 Aug 2050 02:01:18"},
    {"RFC 9110 §5.6.7: asctime has no zone", "Sun Nov  6 08:49:37 1994 GMT"},
    {"RFC 9110 §5.6.7: two digits only in RFC 850", "Thu, 18 Aug 50 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: four digits not in RFC 850", "Thursday, 18-Aug-2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: comma", "Thu 18 Aug 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: single spaces", "Thu, 18  Aug  2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: no dashes", "Thu, 18-Aug-2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: no periods", "Thu, 18 Aug 2050 02.01.18 GMT"},
    {"RFC 9110 §5.6.7: two digits of hour", "Thu, 18 Aug 2050 2:01:18 GMT"},
    {"RFC 9110 §5.6.7: two digits of day", "Thu, 8 Aug 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: text before", "x Thu, 18 Aug 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: text after", "Thu, 18 Aug 2050 02:01:18 GMT, x"},
    {"RFC 9110 §5.6.7: blank after", "Thu, 18 Aug 2050 02:01:18 GMT "},
    {"RFC 9110 §5.6.7: unknown month", "Thu, 18 Agu 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: long month", "Thu, 18 August 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: unknown weekday", "Thx, 18 Aug 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: long weekday", "Thursday, 18 Aug 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: hour 24", "Thu, 18 Aug 2050 24:00:00 GMT"},
    {"RFC 9110 §5.6.7: minute 60", "Thu, 18 Aug 2050 02:60:18 GMT"},
    {"RFC 9110 §5.6.7: second 61", "Thu, 18 Aug 2050 02:01:61 GMT"},
    {"RFC 9110 §5.6.7: day 32", "Thu, 32 Aug 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: day 0", "Thu, 00 Aug 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: 29 February of a common year", "Thu, 29 Feb 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: sign in a number", "Thu, +8 Aug 2050 02:01:18 GMT"},
    {"RFC 9110 §5.6.7: ISO 8601", "2050-08-18T02:01:18Z"},
};

}  // namespace

TEST_CASE("dates in the three forms") {
  for (const auto& row : kDates) {
    INFO(row.name);
    const auto time = parse_http_date(row.text);
    REQUIRE(time);
    CHECK(time->time_since_epoch() == Seconds{row.expected});
  }
}

TEST_CASE("what is no date") {
  for (const auto& row : kMalformed) {
    INFO(row.name);
    CHECK_FALSE(parse_http_date(row.text));
  }
}

TEST_CASE("no prefix of a date is a date (RFC 9110 §5.6.7)") {
  for (const std::string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994"}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      INFO(text.substr(0, size));
      CHECK_FALSE(parse_http_date(text.substr(0, size)));
    }
  }
}

TEST_CASE("two digits of a year are read against now (RFC 9110 §5.6.7)") {
  const auto year_of = [](UnixTime now) {
    const auto time = parse_http_date("Monday, 01-Jan-40 00:00:00 GMT", now);
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(*time)};
    return int{date.year()};
  };
  CHECK(year_of(UnixTime{Seconds{0}}) == 1940);
  CHECK(year_of(UnixTime{Seconds{1704067200}}) == 2040);
}

TEST_CASE("IMF-fixdate is written as it is read (RFC 9110 §5.6.7)") {
  HttpDateBuffer buffer;
  CHECK(format_http_date(UnixTime{Seconds{k1994}}, buffer) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(format_http_date(UnixTime{Millis{-1}}, buffer) == "Wed, 31 Dec 1969 23:59:59 GMT");
  // Steps of some 130 days and an odd rest bring every weekday, month and hour by.
  for (std::int64_t seconds = 0; seconds < 5'000'000'000; seconds += 11'229'629) {
    const UnixTime time{Seconds{seconds}};
    CHECK(parse_http_date(format_http_date(time, buffer)) == time);
  }
}
