// Every entry of the catalogue of hostile responses, in three deliveries. Whether an accepted one
// may be cached is for the caching rules; here it is only read or refused.
#include <catch2/catch.hpp>

#include "tests/unit/message/conversation.hpp"

using namespace wf;
using namespace wf::test;

namespace {

/// What can be done with it: passed on whole, or answered 502 (or a cut, if part of it went out).
bool is_whole(const ResponseLog& log, const Entry& entry) {
  if (log.refusal || log.status == 0) return false;
  if (log.complete) return true;
  // A reset is never an orderly end, and an origin that holds the connection runs into a deadline.
  return entry.origin_end == "close" && log.at_end == message::AtEnd::Complete;
}

message::ResponseContext context(const Entry& entry) { return {entry.request == "HEAD", false}; }

}  // namespace

TEST_CASE("hostile responses are refused as the catalogue says", "[catalogue]") {
  const auto entries = bad_responses();
  REQUIRE(entries.size() > 100);
  for (const Entry& entry : entries) {
    const bool may_pass = entry.allows("accept") || entry.allows("pass-not-cached");
    const bool may_fail = entry.allows("502") || entry.allows("abort-client");
    for (const auto delivery : {Delivery::Whole, Delivery::Bytes, Delivery::Cuts}) {
      const auto log = read_response(context(entry), entry.bytes, delivery);
      CAPTURE(entry.id, static_cast<int>(delivery), log.refusal ? log.refusal->what : "none");
      CHECK((is_whole(log, entry) ? may_pass : may_fail));
      if (log.refusal) CHECK(log.refusal->status == 502);
    }
  }
}

TEST_CASE("surplus bytes are left in the buffer, for the connection to be closed", "[R4][R5]") {
  unsigned seen = 0;
  for (const Entry& entry : bad_responses()) {
    if (!entry.id.starts_with("RSP-EXTRA") && entry.id != "RSP-HEAD-BODY") continue;
    CAPTURE(entry.id);
    CHECK_FALSE(read_response(context(entry), entry.bytes, Delivery::Whole).left_over.empty());
    ++seen;
  }
  CHECK(seen >= 5);
}
