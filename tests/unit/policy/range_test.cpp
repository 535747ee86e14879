#include "proxy/policy/range.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

struct RangeRow {
  const char* name;
  const char* request;
  std::uint64_t length;
  const char* expected;  // "ignore", "unsatisfiable" or the ranges
};

const RangeRow kRanges[] = {
    {"RFC 9110 §14.2: absent", "Host: a", 10, "ignore"},
    {"RFC 9110 §14.1.2: first and last", "Range: bytes=0-1", 10, "0-1"},
    {"RFC 9110 §14.1.2: one byte", "Range: bytes=9-9", 10, "9-9"},
    {"RFC 9110 §14.1.2: no last", "Range: bytes=1-", 10, "1-9"},
    {"RFC 9110 §14.1.2: last beyond the end", "Range: bytes=5-99", 10, "5-9"},
    {"RFC 9110 §14.1.2: suffix", "Range: bytes=-3", 10, "7-9"},
    {"RFC 9110 §14.1.2: suffix longer than all", "Range: bytes=-99", 10, "0-9"},
    {"RFC 9110 §14.1.2: suffix of nothing", "Range: bytes=-0", 10, "unsatisfiable"},
    {"RFC 9110 §14.1.2: first at the end", "Range: bytes=10-", 10, "unsatisfiable"},
    {"RFC 9110 §14.1.2: first beyond the end", "Range: bytes=99-100", 10, "unsatisfiable"},
    {"RFC 9110 §14.1.2: several", "Range: bytes=0-1,5-6", 10, "0-1 5-6"},
    {"RFC 9110 §14.1.2: in the order asked for", "Range: bytes=5-6, -1,0-1", 10, "5-6 9-9 0-1"},
    {"RFC 9110 §5.6.1: blanks and empty elements", "Range: bytes= 0-1 ,, 5-6,", 10, "0-1 5-6"},
    {"RFC 9110 §14.1.2: some lie outside", "Range: bytes=0-1,99-", 10, "0-1"},
    {"RFC 9110 §14.1.2: all lie outside", "Range: bytes=50-51,99-", 10, "unsatisfiable"},
    {"RFC 9110 §14.1: units in any case", "Range: Bytes=0-1", 10, "0-1"},
    {"RFC 9110 §14.1: another unit", "Range: lines=0-1", 10, "ignore"},
    {"RFC 9110 §14.2: no unit", "Range: 0-1", 10, "ignore"},
    {"RFC 9110 §14.1.1: last before first", "Range: bytes=5-4", 10, "ignore"},
    {"RFC 9110 §14.1.1: one malformed spoils all", "Range: bytes=0-1,x-5", 10, "ignore"},
    {"RFC 9110 §14.1.1: no number", "Range: bytes=a-b", 10, "ignore"},
    {"RFC 9110 §14.1.1: sign", "Range: bytes=+0-1", 10, "ignore"},
    {"RFC 9110 §14.1.1: only a dash", "Range: bytes=-", 10, "ignore"},
    {"RFC 9110 §14.1.1: no dash", "Range: bytes=5", 10, "ignore"},
    {"RFC 9110 §14.1.1: blanks inside", "Range: bytes=0 - 1", 10, "ignore"},
    {"RFC 9110 §14.1.1: empty set", "Range: bytes=", 10, "ignore"},
    {"RFC 9110 §14.1.1: two lines", "Range: bytes=0-1\nRange: bytes=5-6", 10, "ignore"},
    {"RFC 9110 §14.1.1: number beyond 63 bits", "Range: bytes=0-99999999999999999999", 10,
     "ignore"},
    {"RFC 9110 §14.2: overlapping", "Range: bytes=0-5,3-8", 10, "ignore"},
    {"RFC 9110 §14.2: overlapping, out of order", "Range: bytes=7-8,0-1,1-2", 10, "ignore"},
    {"RFC 9110 §14.2: the same twice", "Range: bytes=0-1,0-1", 10, "ignore"},
    {"RFC 9110 §14.2: adjacent is not overlapping", "Range: bytes=0-1,2-3", 10, "0-1 2-3"},
    {"FRONT SEC-22: eight ranges", "Range: bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14", 20,
     "0-0 2-2 4-4 6-6 8-8 10-10 12-12 14-14"},
    {"FRONT SEC-22: nine ranges", "Range: bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16", 20,
     "ignore"},
    {"RFC 9110 §14.4: an empty representation", "Range: bytes=0-", 0, "ignore"},
};

std::string text_of(const RangeDecision& decision) {
  switch (decision.outcome) {
    case RangeOutcome::Ignore:
      return "ignore";
    case RangeOutcome::Unsatisfiable:
      return "unsatisfiable";
    case RangeOutcome::Satisfiable:
      break;
  }
  std::string out;
  for (const auto& range : decision.ranges) {
    if (!out.empty()) out += ' ';
    out += std::to_string(range.first) + '-' + std::to_string(range.last);
  }
  return out;
}

struct IfRangeRow {
  const char* name;
  const char* request;
  const char* stored;
  bool expected;
};

#define DATE "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"
#define EARLY "Last-Modified: Sun, 31 Dec 2023 00:00:00 GMT\n"

const IfRangeRow kIfRanges[] = {
    {"RFC 9110 §13.1.5: absent", "Range: bytes=0-1", "ETag: \"a\"", true},
    {"RFC 9110 §13.1.5: same strong tag", "If-Range: \"a\"", "ETag: \"a\"", true},
    {"RFC 9110 §13.1.5: another tag", "If-Range: \"b\"", "ETag: \"a\"", false},
    {"RFC 9110 §13.1.5: weak tag", "If-Range: W/\"a\"", "ETag: W/\"a\"", false},
    {"RFC 9110 §13.1.5: strong tag, stored weak", "If-Range: \"a\"", "ETag: W/\"a\"", false},
    {"RFC 9110 §13.1.5: nothing stored", "If-Range: \"a\"", DATE, false},
    {"RFC 9110 §13.1.5: exact date", "If-Range: Sun, 31 Dec 2023 00:00:00 GMT", DATE EARLY, true},
    {"RFC 9110 §13.1.5: later date", "If-Range: Mon, 01 Jan 2024 00:00:00 GMT", DATE EARLY, false},
    {"RFC 9110 §13.1.5: earlier date", "If-Range: Sat, 30 Dec 2023 00:00:00 GMT", DATE EARLY,
     false},
    {"RFC 9110 §13.1.5: weak date", "If-Range: Mon, 01 Jan 2024 00:00:00 GMT",
     DATE "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT", false},
    {"RFC 9110 §13.1.5: date, no Last-Modified", "If-Range: Mon, 01 Jan 2024 00:00:00 GMT", DATE,
     false},
    {"RFC 9110 §13.1.5: neither tag nor date", "If-Range: a", "ETag: a", false},
    {"RFC 9110 §13.1.5: empty", "If-Range:", "ETag: \"a\"", false},
    {"RFC 9110 §13.1.5: two lines", "If-Range: \"a\"\nIf-Range: \"a\"", "ETag: \"a\"", false},
};

struct ContentRangeRow {
  const char* name;
  const char* text;
  std::optional<ContentRange> expected;
};

const ContentRangeRow kContentRanges[] = {
    {"RFC 9110 §14.4: with length", "bytes 4-9/10", ContentRange{{4, 9}, 10}},
    {"RFC 9110 §14.4: length unknown", "bytes 4-9/*", ContentRange{{4, 9}, std::nullopt}},
    {"RFC 9110 §14.4: unit in any case", "Bytes 0-0/1", ContentRange{{0, 0}, 1}},
    {"RFC 9110 §14.4: unsatisfied", "bytes */10", {}},
    {"RFC 9110 §14.4: last before first", "bytes 9-4/10", {}},
    {"RFC 9110 §14.4: length not above last", "bytes 4-10/10", {}},
    {"RFC 9110 §14.4: another unit", "lines 4-9/10", {}},
    {"RFC 9110 §14.4: as in Range", "bytes=4-9/10", {}},
    {"RFC 9110 §14.4: no length", "bytes 4-9", {}},
    {"RFC 9110 §14.4: empty length", "bytes 4-9/", {}},
    {"RFC 9110 §14.4: no first", "bytes -9/10", {}},
    {"RFC 9110 §14.4: no last", "bytes 4-/10", {}},
    {"RFC 9110 §14.4: text after", "bytes 4-9/10 x", {}},
    {"RFC 9110 §14.4: dash only in the length", "bytes 49/-10", {}},
    {"RFC 9110 §14.4: empty", "", {}},
};

}  // namespace

TEST_CASE("ranges of a representation") {
  for (const auto& row : kRanges) {
    INFO(row.name);
    CHECK(text_of(resolve_range(fields_of(row.request), row.length)) == row.expected);
  }
}

TEST_CASE("If-Range") {
  for (const auto& row : kIfRanges) {
    INFO(row.name);
    CHECK(if_range_holds(fields_of(row.request), fields_of(row.stored)) == row.expected);
  }
}

TEST_CASE("Content-Range of a 206") {
  for (const auto& row : kContentRanges) {
    INFO(row.name);
    CHECK(parse_content_range(row.text) == row.expected);
  }
}

TEST_CASE("Content-Range is written as it is read (RFC 9110 §14.4)") {
  std::string out = "Content-Range: ";
  append_content_range({4, 9}, 10, out);
  CHECK(out == "Content-Range: bytes 4-9/10");
  out.clear();
  append_content_range({0, 18446744073709551613U}, 18446744073709551614U, out);
  CHECK(out == "bytes 0-18446744073709551613/18446744073709551614");
  out.clear();
  append_unsatisfied_range(10, out);
  CHECK(out == "bytes */10");
}
