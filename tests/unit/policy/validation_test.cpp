#include "proxy/policy/validation.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

struct TagRow {
  const char* name;
  const char* left;
  const char* right;
  bool strong;
  bool weak;
};

const TagRow kTags[] = {
    {"RFC 9110 §8.8.3.2: W/\"1\" and W/\"1\"", "W/\"1\"", "W/\"1\"", false, true},
    {"RFC 9110 §8.8.3.2: W/\"1\" and W/\"2\"", "W/\"1\"", "W/\"2\"", false, false},
    {"RFC 9110 §8.8.3.2: W/\"1\" and \"1\"", "W/\"1\"", "\"1\"", false, true},
    {"RFC 9110 §8.8.3.2: \"1\" and \"1\"", "\"1\"", "\"1\"", true, true},
    {"RFC 9110 §8.8.3: case matters", "\"a\"", "\"A\"", false, false},
    {"RFC 9110 §8.8.3: the empty tag is a tag", "\"\"", "\"\"", true, true},
    {"RFC 9110 §8.8.3: a backslash is no escape", "\"a\\\"", "\"a\\\"", true, true},
    {"RFC 9110 §8.8.3: beyond ASCII", "\"\xC3\xBC\"", "\"\xC3\xBC\"", true, true},
    {"RFC 9110 §8.8.3: lower-case w is malformed", "w/\"1\"", "w/\"1\"", false, true},
    {"RFC 9110 §8.8.3: and is not the tag", "w/\"1\"", "\"1\"", false, false},
    {"RFC 9110 §8.8.3: without quotes is malformed", "1", "1", false, true},
    {"RFC 9110 §8.8.3: and is not the tag", "1", "\"1\"", false, false},
    {"RFC 9110 §8.8.3: quote inside", "\"a\"b\"", "\"a\"b\"", false, true},
    {"RFC 9110 §8.8.3: absent matches nothing", "", "", false, false},
};

struct ConditionRow {
  const char* name;
  Method method;
  const char* request;
  unsigned status;
  const char* stored;
  Precondition expected;
};

#define LM "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\n"

const ConditionRow kConditions[] = {
    {"RFC 9110 §13.2.2: no condition", Method::Get, "Host: a", 200, "ETag: \"a\"",
     Precondition::Proceed},
    {"RFC 9110 §13.1.2: listed", Method::Get, "If-None-Match: \"a\"", 200, "ETag: \"a\"",
     Precondition::NotModified},
    {"RFC 9110 §13.1.2: not listed", Method::Get, "If-None-Match: \"b\"", 200, "ETag: \"a\"",
     Precondition::Proceed},
    {"RFC 9110 §13.1.2: HEAD", Method::Head, "If-None-Match: \"a\"", 200, "ETag: \"a\"",
     Precondition::NotModified},
    {"RFC 9110 §13.2.2: another method fails", Method::Put, "If-None-Match: \"a\"", 200,
     "ETag: \"a\"", Precondition::Failed},
    {"RFC 9110 §13.1.2: first of several", Method::Get, "If-None-Match: \"a\", \"b\", \"c\"", 200,
     "ETag: \"a\"", Precondition::NotModified},
    {"RFC 9110 §13.1.2: last of several", Method::Get, "If-None-Match: \"b\", \"c\", \"a\"", 200,
     "ETag: \"a\"", Precondition::NotModified},
    {"RFC 9110 §5.3: on another line", Method::Get, "If-None-Match: \"b\"\nIf-None-Match: \"a\"",
     200, "ETag: \"a\"", Precondition::NotModified},
    {"RFC 9110 §8.8.3: comma in a tag", Method::Get, "If-None-Match: \"x,y\", \"a,b\"", 200,
     "ETag: \"a,b\"", Precondition::NotModified},
    {"RFC 9110 §8.8.3: backslash at the end of a tag", Method::Get, "If-None-Match: \"x\\\", \"a\"",
     200, "ETag: \"a\"", Precondition::NotModified},
    {"RFC 9110 §13.1.2: weak comparison", Method::Get, "If-None-Match: \"a\"", 200, "ETag: W/\"a\"",
     Precondition::NotModified},
    {"RFC 9110 §13.1.2: weak comparison, other way", Method::Get, "If-None-Match: W/\"a\"", 200,
     "ETag: \"a\"", Precondition::NotModified},
    {"RFC 9110 §13.1.2: *", Method::Get, "If-None-Match: *", 200, "Date: x",
     Precondition::NotModified},
    {"RFC 9110 §13.1.2: a tag of one star", Method::Get, "If-None-Match: \"*\"", 200, "ETag: \"a\"",
     Precondition::Proceed},
    {"RFC 9110 §13.1.2: nothing stored to compare", Method::Get, "If-None-Match: \"a\"", 200, LM,
     Precondition::Proceed},
    {"RFC 9110 §13.2.1: stored 404", Method::Get, "If-None-Match: *", 404, "ETag: \"a\"",
     Precondition::Proceed},
    {"RFC 9110 §13.2.1: stored 301", Method::Get, "If-None-Match: \"a\"", 301, "ETag: \"a\"",
     Precondition::Proceed},
    {"RFC 9110 §13.1.3: same date", Method::Get, "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT",
     200, LM, Precondition::NotModified},
    {"RFC 9110 §13.1.3: later", Method::Get, "If-Modified-Since: Mon, 01 Jan 2024 00:00:01 GMT",
     200, LM, Precondition::NotModified},
    {"RFC 9110 §13.1.3: earlier", Method::Get, "If-Modified-Since: Sun, 31 Dec 2023 23:59:59 GMT",
     200, LM, Precondition::Proceed},
    {"RFC 9110 §5.6.7: RFC 850 form", Method::Get,
     "If-Modified-Since: Monday, 01-Jan-24 00:00:00 GMT", 200, LM, Precondition::NotModified},
    {"RFC 9110 §5.6.7: asctime form", Method::Get, "If-Modified-Since: Mon Jan  1 00:00:00 2024",
     200, LM, Precondition::NotModified},
    {"RFC 9110 §13.1.3: no date", Method::Get, "If-Modified-Since: tomorrow", 200, LM,
     Precondition::Proceed},
    {"RFC 9110 §13.1.3: more than one", Method::Get,
     "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT\nIf-Modified-Since: Mon, 01 Jan 2024 "
     "00:00:00 GMT",
     200, LM, Precondition::Proceed},
    {"RFC 9110 §13.1.3: HEAD", Method::Head, "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT",
     200, LM, Precondition::NotModified},
    {"RFC 9110 §13.1.3: neither GET nor HEAD", Method::Query,
     "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT", 200, LM, Precondition::Proceed},
    {"RFC 9111 §4.3.2: no Last-Modified: Date, later", Method::Get,
     "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT", 200, "Date: Mon, 01 Jan 2024 00:00:00 GMT",
     Precondition::NotModified},
    {"RFC 9111 §4.3.2: no Last-Modified: Date, earlier", Method::Get,
     "If-Modified-Since: Sun, 31 Dec 2023 00:00:00 GMT", 200, "Date: Mon, 01 Jan 2024 00:00:00 GMT",
     Precondition::Proceed},
    {"RFC 9111 §4.3.2: neither", Method::Get, "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT",
     200, "Age: 1", Precondition::Proceed},
    {"RFC 9110 §13.2.2: If-None-Match goes first: match", Method::Get,
     "If-Modified-Since: Sun, 31 Dec 2000 00:00:00 GMT\nIf-None-Match: \"a\"", 200,
     LM "ETag: \"a\"", Precondition::NotModified},
    {"RFC 9110 §13.2.2: If-None-Match goes first: no match", Method::Get,
     "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT\nIf-None-Match: \"b\"", 200,
     LM "ETag: \"a\"", Precondition::Proceed},
    {"RFC 9111 §4.3.2: If-Match is not for a cache", Method::Get, "If-Match: \"b\"", 200,
     "ETag: \"a\"", Precondition::Proceed},
};

struct SelectRow {
  const char* name;
  const char* stored;
  const char* not_modified;
  bool expected;
};

#define EARLY "Last-Modified: Sun, 31 Dec 2023 00:00:00 GMT\n"
#define DATE "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"

const SelectRow kSelects[] = {
    {"RFC 9111 §4.3.4: same strong ETag", "ETag: \"a\"", "ETag: \"a\"", true},
    {"RFC 9111 §4.3.4: other strong ETag", "ETag: \"a\"", "ETag: \"b\"", false},
    {"RFC 9111 §4.3.4: strong, stored weak", "ETag: W/\"a\"", "ETag: \"a\"", false},
    {"RFC 9111 §4.3.4: weak, stored weak", "ETag: W/\"a\"", "ETag: W/\"a\"", true},
    {"RFC 9111 §4.3.4: weak, stored strong", "ETag: \"a\"", "ETag: W/\"a\"", true},
    {"RFC 9111 §4.3.4: weak, another", "ETag: W/\"a\"", "ETag: W/\"b\"", false},
    {"RFC 9111 §4.3.4: same strong Last-Modified", DATE EARLY, DATE EARLY, true},
    {"RFC 9111 §4.3.4: other strong Last-Modified", DATE EARLY, DATE LM, false},
    {"RFC 9111 §4.3.4: same weak Last-Modified", DATE LM, DATE LM, true},
    {"RFC 9111 §4.3.4: other weak Last-Modified", DATE LM, DATE EARLY, false},
    {"RFC 9111 §4.3.4: ETags differ, one strong date in common", DATE EARLY "ETag: \"a\"",
     DATE EARLY "ETag: \"b\"", true},
    {"RFC 9111 §4.3.4: ETags the same, dates differ", DATE EARLY "ETag: \"a\"",
     DATE LM "ETag: \"a\"", true},
    {"RFC 9111 §4.3.4: ETags differ, the date in common is weak", DATE LM "ETag: \"a\"",
     DATE LM "ETag: \"b\"", false},
    {"RFC 9111 §4.3.4: weak stored ETag, strong date in common", DATE EARLY "ETag: W/\"a\"",
     DATE EARLY "ETag: \"a\"", true},
    {"RFC 9111 §4.3.4: no validator: what was asked about", "ETag: \"a\"", DATE, true},
    {"RFC 9111 §4.3.4: malformed date is no validator", DATE EARLY, "Last-Modified: x", true},
    {"RFC 9111 §4.3.4: a validator that is not stored", DATE EARLY, "ETag: \"a\"", false},
};

struct HeadRow {
  const char* name;
  const char* stored;
  unsigned status;
  const char* head;
  HeadEffect expected;
};

const HeadRow kHeads[] = {
    {"RFC 9111 §4.3.5: nothing to compare", "A: 1", 200, "A: 2", HeadEffect::Update},
    {"RFC 9111 §4.3.5: not a 200", "A: 1", 410, "A: 2", HeadEffect::None},
    {"RFC 9111 §4.3.5: same ETag", "ETag: \"a\"", 200, "ETag: \"a\"", HeadEffect::Update},
    {"RFC 9111 §4.3.5: other ETag", "ETag: \"a\"", 200, "ETag: \"b\"", HeadEffect::Stale},
    {"RFC 9111 §4.3.5: an ETag that was not stored", "A: 1", 200, "ETag: \"b\"", HeadEffect::Stale},
    {"RFC 9111 §4.3.5: an ETag that was not received", "ETag: \"a\"", 200, "A: 1",
     HeadEffect::Update},
    {"RFC 9111 §4.3.5: other Last-Modified", EARLY, 200, LM, HeadEffect::Stale},
    {"RFC 9111 §4.3.5: same length", "Content-Length: 5", 200, "Content-Length: 5",
     HeadEffect::Update},
    {"RFC 9111 §4.3.5: other length", "Content-Length: 5", 200, "Content-Length: 6",
     HeadEffect::Stale},
    {"RFC 9111 §4.3.5: stored without length", "A: 1", 200, "Content-Length: 6",
     HeadEffect::Update},
    {"RFC 9111 §4.3.5: same tag, other length", "ETag: \"a\"\nContent-Length: 5", 200,
     "ETag: \"a\"\nContent-Length: 6", HeadEffect::Stale},
};

struct MergeRow {
  const char* name;
  const char* stored;
  const char* fresh;
  const char* expected;
};

const MergeRow kMerges[] = {
    {"RFC 9111 §3.2: what is not sent is kept", "A: 1", "B: 2", "A: 1\nB: 2"},
    {"RFC 9111 §3.2: what is sent replaces", "A: 1", "a: 2", "a: 2"},
    {"RFC 9111 §3.2: all lines of a name", "A: 1\nA: 2\nB: 3", "A: 4", "B: 3\nA: 4"},
    {"RFC 9111 §3.2: by all lines sent", "A: 1", "A: 2\nA: 3", "A: 2\nA: 3"},
    {"RFC 9111 §3.2: Cache-Control", "Cache-Control: max-age=1", "Cache-Control: max-age=9",
     "Cache-Control: max-age=9"},
    {"RFC 9111 §3.2: Expires, ETag, Set-Cookie", "Expires: 1\nETag: 1\nSet-Cookie: 1",
     "Expires: 2\nETag: 2\nSet-Cookie: 2", "Expires: 2\nETag: 2\nSet-Cookie: 2"},
    {"RFC 9111 §3.2: Content-Type and others that begin so", "Content-Type: a\nContent-Foo: a",
     "Content-Type: b\nContent-Foo: b", "Content-Type: b\nContent-Foo: b"},
    {"RFC 9111 §3.2: never Content-Length", "Content-Length: 5", "Content-Length: 10",
     "Content-Length: 5"},
    {"RFC 9111 §3.2: nor adds one", "A: 1", "Content-Length: 10", "A: 1"},
    {"RFC 9111 §3.2: never what codes the stored body", "Content-Encoding: gzip\nA: 1",
     "content-encoding: br", "Content-Encoding: gzip\nA: 1"},
    {"RFC 9111 §3.2: never what sums up the stored body", "Content-MD5: a\nContent-Digest: a",
     "Content-MD5: b\nContent-Digest: b", "Content-MD5: a\nContent-Digest: a"},
    {"RFC 9111 §3.2: never Content-Range", "A: 1", "Content-Range: bytes 0-1/2", "A: 1"},
    {"RFC 9111 §3.1: nothing of the connection", "A: 1",
     "Connection: close, x\nX: 1\nKeep-Alive: 5\nTransfer-Encoding: chunked\nUpgrade: h2c", "A: 1"},
    {"RFC 9111 §3.1: nothing for this proxy", "A: 1",
     "Proxy-Authenticate: x\nProxy-Authorization: x\nProxy-Connection: x\nTE: x\nTrailer: x",
     "A: 1"},
    {"RFC 9111 §4.2.3: Age of an earlier exchange", "Age: 500\nA: 1", "B: 2", "A: 1\nB: 2"},
    {"RFC 9111 §4.2.3: Age of this exchange", "Age: 500\nA: 1", "Age: 3", "A: 1\nAge: 3"},
};

std::string text_of(const OwnedFields& fields) {
  std::string out;
  for (const auto& field : fields) {
    if (!out.empty()) out += '\n';
    out.append(field.name).append(": ").append(field.value);
  }
  return out;
}

}  // namespace

TEST_CASE("entity-tags") {
  for (const auto& row : kTags) {
    INFO(row.name);
    CHECK(strong_match(row.left, row.right) == row.strong);
    CHECK(strong_match(row.right, row.left) == row.strong);
    CHECK(weak_match(row.left, row.right) == row.weak);
    CHECK(weak_match(row.right, row.left) == row.weak);
  }
}

TEST_CASE("conditions of a client") {
  for (const auto& row : kConditions) {
    INFO(row.name);
    const auto request = fields_of(row.request);
    const auto stored = fields_of(row.stored);
    const auto found = evaluate_preconditions(request_facts(row.method, request, false), row.status,
                                              stored, kReceived);
    CHECK(static_cast<int>(found) == static_cast<int>(row.expected));
  }
}

TEST_CASE("conditions of our own (RFC 9111 §4.3.1)") {
  const auto conditions = [](const char* stored) {
    return text_of(conditional_fields(fields_of(stored)));
  };
  CHECK(conditions("A: 1").empty());
  CHECK(conditions("ETag: W/\"a\"") == "If-None-Match: W/\"a\"");
  CHECK(conditions(LM) == "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT");
  CHECK(conditions("Last-Modified: x").empty());
  CHECK(conditions(LM "ETag: \"a\"") ==
        "If-None-Match: \"a\"\nIf-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT");
}

TEST_CASE("which stored response does a 304 mean?") {
  for (const auto& row : kSelects) {
    INFO(row.name);
    CHECK(not_modified_selects(fields_of(row.stored), fields_of(row.not_modified)) == row.expected);
  }
}

TEST_CASE("what a HEAD does to a stored GET") {
  for (const auto& row : kHeads) {
    INFO(row.name);
    const auto found = head_effect(fields_of(row.stored), row.status, fields_of(row.head));
    CHECK(static_cast<int>(found) == static_cast<int>(row.expected));
  }
}

TEST_CASE("which fields a 304 updates") {
  for (const auto& row : kMerges) {
    INFO(row.name);
    CHECK(text_of(merge_not_modified(fields_of(row.stored), fields_of(row.fresh))) == row.expected);
  }
}

TEST_CASE("which fields a 304 carries (RFC 9110 §15.4.5)") {
  for (const char* name : {"Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary",
                           "Last-Modified", "Set-Cookie", "Content-Security-Policy", "Link"}) {
    INFO(name);
    CHECK(sent_in_not_modified(name));
  }
  for (const char* name : {"Content-Length", "content-type", "Content-Encoding", "Content-Language",
                           "Content-Range", "Content-MD5", "Transfer-Encoding"}) {
    INFO(name);
    CHECK_FALSE(sent_in_not_modified(name));
  }
}
