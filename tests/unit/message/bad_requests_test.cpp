// Every entry of the catalogue of hostile requests, in three deliveries. What only the whole proxy
// can decide is not asked here, and said so.
#include <map>

#include <catch2/catch.hpp>

#include "tests/unit/message/conversation.hpp"

using namespace wf;
using namespace wf::test;

namespace {

/// Limits as configured by default, and a body limit so that 413 can be seen.
message::RequestRules rules() {
  message::RequestRules out;
  out.limits.body = 1_GiB;
  return out;
}

/// The catalogue's word for what happened to the first message.
std::string outcome(const RequestLog& log, const Entry& entry) {
  if (log.refusal) {
    return log.refusal->status == 400 ? "400-close" : std::to_string(log.refusal->status);
  }
  if (log.requests.empty()) return "408";
  // What is read as accepted counts as normalised where either is right: the difference is in what
  // is forwarded.
  return entry.allows("accept") ? "accept" : "normalise";
}

bool saw_canary(const RequestLog& log) {
  for (const auto& request : log.requests) {
    if (request.path == "/canary") return true;
  }
  return false;
}

}  // namespace

TEST_CASE("hostile requests are refused as the catalogue says", "[catalogue]") {
  const auto entries = bad_requests();
  REQUIRE(entries.size() > 200);
  for (const Entry& entry : entries) {
    for (const auto delivery : {Delivery::Whole, Delivery::Bytes, Delivery::Cuts}) {
      CAPTURE(entry.id, static_cast<int>(delivery));
      const auto log = read_requests(rules(), entry.bytes, delivery);
      const auto got = outcome(log, entry);
      CAPTURE(got, log.refusal ? log.refusal->what : "");
      CHECK(entry.allows(got));
      CHECK(saw_canary(log) == entry.pipelined);
      CHECK(log.requests.size() <= (entry.pipelined ? 2U : 1U));
    }
  }
}

TEST_CASE("however bytes arrive, the same rule speaks", "[catalogue]") {
  for (const Entry& entry : bad_requests()) {
    CAPTURE(entry.id);
    const auto whole = read_requests(rules(), entry.bytes, Delivery::Whole);
    for (const auto delivery : {Delivery::Bytes, Delivery::Cuts}) {
      const auto cut = read_requests(rules(), entry.bytes, delivery);
      REQUIRE(cut.refusal.has_value() == whole.refusal.has_value());
      CHECK(cut.at_end == whole.at_end);
      CHECK(cut.requests.size() == whole.requests.size());
      if (cut.refusal) CHECK(to_string(cut.refusal->rule) == to_string(whole.refusal->rule));
    }
  }
}
