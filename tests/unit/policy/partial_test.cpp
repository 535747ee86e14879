#include "proxy/policy/partial.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

#define DATED "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"
#define MODIFIED "Last-Modified: Sun, 31 Dec 2023 00:00:00 GMT\n"
#define JUST_MODIFIED "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\n"

std::string text_of(const std::optional<Extent>& extent) {
  if (!extent) return "none";
  const std::string length = extent->length ? std::to_string(*extent->length) : "*";
  return std::to_string(extent->first) + '+' + std::to_string(extent->size) + '/' + length;
}

struct BroughtRow {
  const char* name;
  const char* response;
  std::uint64_t size;
  const char* expected;
};
const BroughtRow kBrought[] = {
    {"RFC 9110 §14.4: octets and complete length", "Content-Range: bytes 4-8/10", 5, "4+5/10"},
    {"RFC 9110 §14.4: all of it", "Content-Range: bytes 0-9/10", 10, "0+10/10"},
    {"RFC 9110 §15.3.7.1: no Content-Range", "A: 1", 5, "none"},
    {"RFC 9110 §14.4: unknown complete length", "Content-Range: bytes 4-8/*", 5, "none"},
    {"RFC 9110 §14.4: last-pos before first-pos", "Content-Range: bytes 8-4/10", 5, "none"},
    {"RFC 9110 §14.4: complete length not above last-pos", "Content-Range: bytes 4-8/8", 5, "none"},
    {"RFC 9110 §14.4: another unit", "Content-Range: lines 4-8/10", 5, "none"},
    {"RFC 9110 §14.4: two of them", "Content-Range: bytes 4-8/10\nContent-Range: bytes 4-8/10", 5,
     "none"},
    {"RFC 9110 §15.3.7.2: several parts in one",
     "Content-Type: multipart/byteranges; boundary=a\nContent-Range: bytes 4-8/10", 5, "none"},
    {"RFC 9110 §15.3.7: nothing in it", "Content-Range: bytes 4-8/10", 0, "none"},
    {"RFC 9110 §14.4: content longer than said", "Content-Range: bytes 4-8/10", 6, "none"},
    {"RFC 9110 §14.4: content shorter than said, and not to the end", "Content-Range: bytes 4-8/10",
     4, "none"},
    {"RFC 9110 §14.4: content shorter than said, to the end, with an entity tag",
     "ETag: \"a\"\nContent-Range: bytes 4-9/10", 5, "none"},
    {"RFC 9110 §14.4: content shorter than said, to the end, with a date",
     MODIFIED "Content-Range: bytes 4-9/10", 5, "none"},
    {"RFC 9110 §14.4: content shorter than said, to the end, without a validator: it ends there",
     "Content-Range: bytes 4-9/10", 5, "4+5/*"},
};

struct WithinRow {
  const char* name;
  Extent held;
  const char* request;
  const char* expected;  // "-" or the ranges
};
constexpr Extent kMiddle{4, 4, 10};
constexpr Extent kEnd{4, 6, 10};
constexpr Extent kEndOfUnknown{4, 5, std::nullopt};
const WithinRow kWithin[] = {
    {"RFC 9111 §3.3: wholly within", kMiddle, "Range: bytes=5-6", "5-6"},
    {"RFC 9111 §3.3: exactly", kMiddle, "Range: bytes=4-7", "4-7"},
    {"RFC 9111 §3.3: begins before", kMiddle, "Range: bytes=3-6", "-"},
    {"RFC 9111 §3.3: ends after", kMiddle, "Range: bytes=5-8", "-"},
    {"RFC 9111 §3.3: beside", kMiddle, "Range: bytes=0-1", "-"},
    {"RFC 9111 §3.3: several within", kMiddle, "Range: bytes=4-4,6-7", "4-4 6-7"},
    {"RFC 9111 §3.3: one of several is not", kMiddle, "Range: bytes=4-4,6-8", "-"},
    {"RFC 9111 §3.3: no last-pos, end not held", kMiddle, "Range: bytes=5-", "-"},
    {"RFC 9111 §3.3: no last-pos, end held", kEnd, "Range: bytes=5-", "5-9"},
    {"RFC 9111 §3.3: last-pos beyond the end, end held", kEnd, "Range: bytes=5-99", "5-9"},
    {"RFC 9111 §3.3: suffix, end held", kEnd, "Range: bytes=-2", "8-9"},
    {"RFC 9111 §3.3: suffix longer than what is held", kEnd, "Range: bytes=-7", "-"},
    {"RFC 9111 §3.3: the whole", kMiddle, "A: 1", "-"},
    {"RFC 9110 §14.1.2: unsatisfiable is for the origin to say", kMiddle, "Range: bytes=10-", "-"},
    {"RFC 9110 §13.1.5: If-Range that does not hold", kMiddle, "Range: bytes=5-6\nIf-Range: \"b\"",
     "-"},
    {"RFC 9110 §13.1.5: If-Range that holds", kMiddle, "Range: bytes=5-6\nIf-Range: \"a\"", "5-6"},
    {"RFC 9110 §14.4: length unknown, end held: suffix", kEndOfUnknown, "Range: bytes=-1", "8-8"},
    {"RFC 9110 §14.4: length unknown, end held: all", kEndOfUnknown, "Range: bytes=-5", "4-8"},
    {"RFC 9110 §14.4: length unknown, end held: no last-pos", kEndOfUnknown, "Range: bytes=6-",
     "6-8"},
    {"RFC 9110 §14.4: length unknown, end held: beyond", kEndOfUnknown, "Range: bytes=9-9", "-"},
    {"RFC 9110 §14.2: a whole response answers every range", whole_extent(10), "Range: bytes=-2",
     "8-9"},
};

std::string text_of(const RangeDecision& decision) {
  if (decision.outcome != RangeOutcome::Satisfiable) return "-";
  std::string out;
  for (const ByteRange& range : decision.ranges) {
    if (!out.empty()) out += ' ';
    out += std::to_string(range.first) + '-' + std::to_string(range.last);
  }
  return out;
}

struct RestRow {
  const char* name;
  Extent held;
  const char* stored;
  const char* expected;  // Range, then If-Range
};
constexpr Extent kStart{0, 5, 10};
const RestRow kRest[] = {
    {"RFC 9111 §3.3: what comes after", kStart, "ETag: \"a\"", "bytes=5- \"a\""},
    {"RFC 9111 §3.3: what comes before", kEnd, "ETag: \"a\"", "bytes=0-3 \"a\""},
    {"RFC 9111 §3.3: two ranges are missing", kMiddle, "ETag: \"a\"", ""},
    {"RFC 9111 §3.3: nothing is missing", whole_extent(10), "ETag: \"a\"", ""},
    {"RFC 9111 §3.3: length unknown", kEndOfUnknown, "A: 1", ""},
    {"RFC 9110 §13.1.5: never a weak entity tag", kStart, "ETag: W/\"a\"", "bytes=5-"},
    {"RFC 9110 §13.1.5: a strong date", kStart, DATED MODIFIED,
     "bytes=5- Sun, 31 Dec 2023 00:00:00 "
     "GMT"},
    {"RFC 9110 §13.1.5: no date beside an entity tag", kStart, DATED MODIFIED "ETag: W/\"a\"",
     "bytes=5-"},
    {"RFC 9110 §8.8.2.2: a weak date", kStart, DATED JUST_MODIFIED, "bytes=5-"},
    {"RFC 9110 §14.2: without a validator", kStart, "A: 1", "bytes=5-"},
};

struct JudgeRow {
  const char* name;
  Extent held;
  unsigned status;
  const char* response;
  RestAnswer expected;
};
const JudgeRow kJudged[] = {
    {"RFC 9111 §3.4: the rest", kStart, 206, "ETag: \"a\"\nContent-Range: bytes 5-9/10",
     RestAnswer::Completes},
    {"RFC 9111 §3.4: the beginning", kEnd, 206, "ETag: \"a\"\nContent-Range: bytes 0-3/10",
     RestAnswer::Completes},
    {"RFC 9110 §15.3.7.3: another validator", kStart, 206,
     "ETag: \"b\"\nContent-Range: bytes 5-9/10", RestAnswer::Useless},
    {"RFC 9110 §15.3.7.3: no validator", kStart, 206, "Content-Range: bytes 5-9/10",
     RestAnswer::Useless},
    {"RFC 9110 §14.4: another length", kStart, 206, "ETag: \"a\"\nContent-Range: bytes 5-9/11",
     RestAnswer::Useless},
    {"RFC 9110 §15.3.7: not all that was asked for", kStart, 206,
     "ETag: \"a\"\nContent-Range: bytes 5-8/10", RestAnswer::Useless},
    {"RFC 9110 §15.3.7.1: no Content-Range", kStart, 206, "ETag: \"a\"", RestAnswer::Useless},
    {"RFC 9110 §15.5.17: not satisfiable", kStart, 416, "ETag: \"a\"", RestAnswer::Useless},
    {"RFC 9110 §13.1.5: the whole instead", kStart, 200, "ETag: \"b\"", RestAnswer::Instead},
    {"RFC 9110 §14.2: an error", kStart, 404, "A: 1", RestAnswer::Instead},
};

struct CombineRow {
  const char* name;
  const char* stored;
  const char* response;
  bool expected;
};
const CombineRow kCombine[] = {
    {"RFC 9110 §15.3.7.3: the same strong tag", "ETag: \"a\"", "ETag: \"a\"", true},
    {"RFC 9110 §15.3.7.3: another", "ETag: \"a\"", "ETag: \"b\"", false},
    {"RFC 9110 §15.3.7.3: weak", "ETag: W/\"a\"", "ETag: W/\"a\"", false},
    {"RFC 9110 §15.3.7.3: on one side only", "ETag: \"a\"", "A: 1", false},
    {"RFC 9110 §15.3.7.3: none", "A: 1", "A: 1", false},
    {"RFC 9110 §8.8.2.2: the same strong date", DATED MODIFIED, DATED MODIFIED, true},
    {"RFC 9110 §8.8.2.2: the same weak date", DATED JUST_MODIFIED, DATED JUST_MODIFIED, false},
    {"RFC 9110 §15.3.7.3: a date does not outweigh tags that differ",
     "ETag: \"a\"\n" DATED MODIFIED, "ETag: \"b\"\n" DATED MODIFIED, false},
};

}  // namespace

TEST_CASE("what a 206 has brought") {
  for (const auto& row : kBrought) {
    INFO(row.name);
    CHECK(text_of(extent_of_part(fields_of(row.response), row.size)) == row.expected);
  }
}

TEST_CASE("which ranges a stored response answers") {
  for (const auto& row : kWithin) {
    INFO(row.name);
    const auto request = fields_of(row.request);
    CHECK(text_of(ranges_within(row.held, request, fields_of("ETag: \"a\""))) == row.expected);
  }
}

TEST_CASE("how the rest of a part is asked for") {
  for (const auto& row : kRest) {
    INFO(row.name);
    std::string text;
    for (const OwnedField& field : completion_fields(row.held, fields_of(row.stored))) {
      if (!text.empty()) text += ' ';
      text += field.value;
    }
    CHECK(text == row.expected);
  }
}

TEST_CASE("what the answer to that is good for") {
  for (const auto& row : kJudged) {
    INFO(row.name);
    const auto response = fields_of(row.response);
    CHECK(judge_rest(row.held, fields_of("ETag: \"a\""), row.status, response) == row.expected);
  }
}

TEST_CASE("parts that may be combined") {
  for (const auto& row : kCombine) {
    INFO(row.name);
    CHECK(may_combine(fields_of(row.stored), fields_of(row.response)) == row.expected);
  }
}

TEST_CASE("RFC 9110 §15.3.7.3: the union of two parts") {
  CHECK(text_of(combined_extent({0, 5, 10}, {5, 3, 10})) == "0+8/10");
  CHECK(text_of(combined_extent({5, 5, 10}, {0, 5, 10})) == "0+10/10");
  CHECK(text_of(combined_extent({0, 5, 10}, {2, 1, 10})) == "0+5/10");
  CHECK(text_of(combined_extent({0, 5, 10}, {3, 4, 10})) == "0+7/10");
  CHECK(text_of(combined_extent({0, 5, 10}, {6, 3, 10})) == "none");
  CHECK(text_of(combined_extent({0, 5, 10}, {5, 3, 11})) == "none");
  CHECK(text_of(combined_extent({0, 5, std::nullopt}, {5, 3, std::nullopt})) == "none");
}

TEST_CASE("RFC 9111 §3.4: the new fields replace the stored ones, but for Content-Range") {
  const auto stored = fields_of("A: 1\nB: 1\nContent-Range: bytes 0-4/10\nAge: 7");
  const auto fresh = fields_of("B: 2\nC: 2\nContent-Range: bytes 5-9/10");
  std::string text;
  for (const OwnedField& field : combined_fields(stored, fresh)) {
    text += field.name + '=' + field.value + ' ';
  }
  CHECK(text == "A=1 B=2 C=2 ");
}

TEST_CASE("Content-Range of a stored part, written and read again") {
  for (const Extent& extent : {Extent{4, 5, 10}, Extent{4, 5, std::nullopt}}) {
    std::string text;
    append_content_range(extent, text);
    const std::vector<Field> stored{{"Content-Range", text}};
    CHECK(text_of(stored_extent(206, stored, 5)) == text_of(extent));
  }
  CHECK(stored_extent(200, fields_of("Content-Range: junk"), 7).is_whole());
  CHECK(stored_extent(206, fields_of("A: 1"), 7).size == 0);
}
