#include "proxy/upstream/status.hpp"

#include <catch2/catch.hpp>

using namespace wf;

TEST_CASE("status: what a client is told of an origin's failure") {
  struct Row {
    const char* sentence;
    ErrorCode code;
    unsigned status;
  };
  const Row rows[] = {
      {"RFC 9110 §15.6.5: no timely response", ErrorCode::Timeout, 504},
      {"RFC 9110 §15.6.4: currently unable, it may pass", ErrorCode::Unavailable, 503},
      {"RFC 9110 §15.6.3: no connection", ErrorCode::Refused, 502},
      {"RFC 9110 §15.6.3: no address", ErrorCode::Unresolved, 502},
      {"RFC 9110 §15.6.3: broken off", ErrorCode::Reset, 502},
      {"RFC 9110 §15.6.3: ended early", ErrorCode::Closed, 502},
      {"RFC 9110 §15.6.3: invalid response", ErrorCode::Malformed, 502},
      {"RFC 9110 §15.6.3: response over our limits", ErrorCode::TooLarge, 502},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(upstream::status_for(Error{row.code, Side::Upstream, Retry::No, {}}) == row.status);
  }
}
