// What may be stored of a request for a range that was passed on.
#include <catch2/catch.hpp>

#include "proxy/policy/storability.hpp"
#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

using Why = NoStoreReason;

#define FRESH "Cache-Control: max-age=60\n"
#define OLD "Date: Mon, 01 Jan 2024 00:00:00 GMT\nLast-Modified: Sun, 31 Dec 2023 00:00:00 GMT\n"

}  // namespace

TEST_CASE("the answer to a GET with Range that was passed on (RFC 9111 §3.3)") {
  struct RangedRow {
    const char* name;
    const char* request;
    unsigned status;
    const char* response;
    Why expected;
  };
  const RangedRow rows[] = {
      {"RFC 9111 §3.3: a part", "Range: bytes=0-1", 206, FRESH, Why::None},
      {"RFC 9110 §14.2: the whole instead", "Range: bytes=0-1", 200, FRESH, Why::None},
      {"RFC 9110 §15.5.17: 416", "Range: bytes=9-", 416, FRESH, Why::Status},
      {"RFC 9110 §14.2: an error", "Range: bytes=0-1", 404, FRESH, Why::Status},
      {"RFC 9110 §15.3.7: a 206 that was not asked for", "", 206, FRESH, Why::PartialContent},
      {"RFC 9110 §15.3.7: If-Range", "Range: bytes=0-1\nIf-Range: \"a\"", 206, FRESH,
       Why::PartialContent},
      {"RFC 9110 §13: conditions", "Range: bytes=0-1\nIf-None-Match: \"a\"", 206, FRESH,
       Why::PartialContent},
      {"its Cookie went on with it", "Range: bytes=0-1\nCookie: a=b", 206, FRESH,
       Why::PartialContent},
      {"RFC 9111 §5.2.1.5: request no-store", "Range: bytes=0-1\nCache-Control: no-store", 206,
       FRESH, Why::RequestNoStore},
      {"RFC 9111 §5.2.2.5: no-store", "Range: bytes=0-1", 206, "Cache-Control: no-store",
       Why::NoStore},
      {"RFC 9111 §5.2.2.7: private", "Range: bytes=0-1", 206, "Cache-Control: private",
       Why::Private},
      {"RFC 9111 §3.5: Authorization", "Range: bytes=0-1\nAuthorization: x", 206, FRESH,
       Why::Authorization},
      {"RFC 9111 §4.1: Vary: *", "Range: bytes=0-1", 206, FRESH "Vary: *", Why::VaryStar},
      {"RFC 9111 §4.2.2: 206 is heuristically cacheable", "Range: bytes=0-1", 206, OLD, Why::None},
      {"RFC 9111 §5.2.2.3: 206 is understood", "Range: bytes=0-1", 206,
       "Cache-Control: no-store, must-understand, max-age=60", Why::None},
      {"RFC 9111 §3: nothing said", "Range: bytes=0-1", 206, "", Why::NoFreshness},
  };
  config::Cache cache;
  cache.cookies.mode = config::CookieRule::Mode::Ignore;
  for (const auto& row : rows) {
    INFO(row.name);
    const auto request = fields_of(row.request);
    const auto response = fields_of(row.response);
    const auto reason = may_store_ranged(request_facts(Method::Get, request, false),
                                         response_facts(row.status, response), cache);
    CHECK(to_string(reason) == to_string(row.expected));
  }
}
