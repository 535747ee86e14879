#include "proxy/policy/storability.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;
using namespace std::chrono_literals;

namespace {

using Why = NoStoreReason;

#define FRESH "Cache-Control: max-age=60\n"
#define OLD "Date: Mon, 01 Jan 2024 00:00:00 GMT\nLast-Modified: Sun, 31 Dec 2023 00:00:00 GMT\n"

struct Row {
  const char* name;
  Method method;
  const char* request;
  unsigned status;
  const char* response;
  Why expected;
};

// On a route with `cache: {}`.
const Row kRows[] = {
    {"RFC 9111 §3: GET with explicit freshness", Method::Get, "", 200, FRESH, Why::None},
    {"RFC 9111 §3: nothing said, no validator", Method::Get, "", 200, "", Why::NoFreshness},
    {"RFC 9111 §3: HEAD has no body to store", Method::Head, "", 200, FRESH, Why::Method},
    {"RFC 9111 §3: POST", Method::Post, "", 200, FRESH, Why::Method},
    {"RFC 10008 §2.7: QUERY", Method::Query, "", 200, FRESH, Why::None},
    {"RFC 10008 §2.7: QUERY without freshness", Method::Query, "", 200, "", Why::NoFreshness},
    {"RFC 9111 §3: PUT", Method::Put, "", 200, FRESH, Why::Method},
    {"RFC 9111 §5.2.1.5: request no-store", Method::Get, "Cache-Control: no-store", 200, FRESH,
     Why::RequestNoStore},
    {"RFC 9111 §3: interim responses are not final", Method::Get, "", 103, FRESH, Why::Status},
    {"RFC 9111 §3.3: partial content", Method::Get, "Range: bytes=0-1", 206, FRESH,
     Why::PartialContent},
    {"RFC 9110 §15.4.5: 304", Method::Get, "", 304, FRESH, Why::Status},
    {"RFC 9110 §15.5.13: 412", Method::Get, "", 412, FRESH, Why::Status},
    {"RFC 9110 §15.5.17: 416", Method::Get, "Range: bytes=9-", 416, FRESH, Why::Status},
    {"RFC 6585 §3: 428", Method::Get, "", 428, FRESH, Why::Status},
    {"RFC 6585 §4: 429", Method::Get, "", 429, FRESH, Why::Status},
    {"RFC 6585 §5: 431", Method::Get, "", 431, FRESH, Why::Status},
    {"RFC 6585 §6: 511", Method::Get, "", 511, FRESH, Why::Status},
    {"RFC 9110 §15: no such class", Method::Get, "", 600, FRESH, Why::Status},
    {"RFC 9111 §3: a full answer to a range request", Method::Get, "Range: bytes=0-1", 200, FRESH,
     Why::None},
    {"RFC 9111 §3: 299 with explicit freshness", Method::Get, "", 299, FRESH, Why::None},
    {"RFC 9111 §3: 302 with explicit freshness", Method::Get, "", 302, FRESH, Why::None},
    {"RFC 9111 §3: 400 with explicit freshness", Method::Get, "", 400, FRESH, Why::None},
    {"RFC 9111 §3: 404 with explicit freshness", Method::Get, "", 404, FRESH, Why::None},
    {"RFC 9111 §3: 499 with explicit freshness", Method::Get, "", 499, FRESH, Why::None},
    {"RFC 9111 §3: 503 with explicit freshness", Method::Get, "", 503, FRESH, Why::None},
    {"RFC 9111 §3: 599 with explicit freshness", Method::Get, "", 599, FRESH, Why::None},
    {"RFC 9111 §5.2.2.5: no-store", Method::Get, "", 200, "Cache-Control: no-store, max-age=60",
     Why::NoStore},
    {"RFC 9111 §5.2.2.5: no-store over Expires", Method::Get, "", 200,
     "Cache-Control: No-StOrE\nExpires: Thu, 18 Aug 2050 02:01:18 GMT", Why::NoStore},
    {"RFC 9111 §5.2.2.3: must-understand lifts no-store for a known status", Method::Get, "", 200,
     "Cache-Control: max-age=60, no-store, must-understand", Why::None},
    {"RFC 9111 §5.2.2.3: must-understand, unknown status", Method::Get, "", 599,
     "Cache-Control: max-age=60, no-store, must-understand", Why::StatusNotUnderstood},
    {"RFC 9111 §5.2.2.3: without no-store as well", Method::Get, "", 299,
     "Cache-Control: max-age=60, must-understand", Why::StatusNotUnderstood},
    {"RFC 9111 §5.2.2.7: private", Method::Get, "", 200, "Cache-Control: private, max-age=60",
     Why::Private},
    {"RFC 9111 §5.2.2.7: private fields alone", Method::Get, "", 200,
     "Cache-Control: private=\"x\", max-age=60", Why::None},
    {"RFC 9111 §5.2.2.4: no-cache without validator is of no use", Method::Get, "", 200,
     "Cache-Control: no-cache, max-age=60", Why::NoFreshness},
    {"RFC 9111 §5.2.2.4: no-cache with ETag is stored", Method::Get, "", 200,
     "Cache-Control: no-cache\nETag: \"a\"", Why::None},
    {"RFC 9111 §5.2.2.4: no-cache and max-age with ETag", Method::Get, "", 200,
     "Cache-Control: no-cache, max-age=60\nETag: \"a\"", Why::None},
    {"RFC 9111 §5.2.2.4: no-cache of fields", Method::Get, "", 200,
     "Cache-Control: no-cache=\"a\", max-age=60", Why::None},
    {"RFC 9111 §3.5: Authorization", Method::Get, "Authorization: x", 200, FRESH,
     Why::Authorization},
    {"RFC 9111 §3.5: Authorization, Expires alone", Method::Get, "Authorization: x", 200,
     "Expires: Thu, 18 Aug 2050 02:01:18 GMT", Why::Authorization},
    {"RFC 9111 §3.5: Authorization, public", Method::Get, "Authorization: x", 200,
     "Cache-Control: public, max-age=60", Why::None},
    {"RFC 9111 §3.5: Authorization, must-revalidate", Method::Get, "Authorization: x", 200,
     "Cache-Control: must-revalidate, max-age=60", Why::None},
    {"RFC 9111 §3.5: Authorization, s-maxage", Method::Get, "Authorization: x", 200,
     "Cache-Control: s-maxage=60", Why::None},
    {"RFC 9111 §3.5: Authorization, proxy-revalidate does not do", Method::Get, "Authorization: x",
     200, "Cache-Control: proxy-revalidate, max-age=60", Why::Authorization},
    {"RFC 9213 §2.2: Authorization, targeted public", Method::Get, "Authorization: x", 200,
     "CDN-Cache-Control: public, max-age=60", Why::None},
    {"RFC 9111 §7.3: Set-Cookie", Method::Get, "", 200, FRESH "Set-Cookie: a=b", Why::SetCookie},
    {"RFC 9111 §5.2.2.4: Set-Cookie named in no-cache", Method::Get, "", 200,
     "Cache-Control: max-age=60, no-cache=\"Set-Cookie\"\nSet-Cookie: a=b", Why::None},
    {"RFC 9111 §5.2.2.7: Set-Cookie named in private", Method::Get, "", 200,
     "Cache-Control: max-age=60, private=\"a, set-cookie\"\nSet-Cookie: a=b", Why::None},
    {"RFC 9111 §4.1: Vary by names", Method::Get, "", 200, FRESH "Vary: a, b", Why::None},
    {"RFC 9111 §4.1: Vary: *", Method::Get, "", 200, FRESH "Vary: *", Why::VaryStar},
    {"RFC 9111 §4.1: * among names", Method::Get, "", 200, FRESH "Vary: a\nVary: b, *",
     Why::VaryStar},
    {"RFC 9110 §12.5.5: Vary, no token", Method::Get, "", 200, FRESH "Vary: a b",
     Why::VaryMalformed},
    {"FRONT SEC-11: nine names", Method::Get, "", 200, FRESH "Vary: a,b,c,d,e,f,g,h,i",
     Why::VaryTooMany},
    {"RFC 9111 §3: by heuristic", Method::Get, "", 200, OLD, Why::None},
    {"RFC 9111 §3: by heuristic, no Date", Method::Get, "", 200,
     "Last-Modified: Sun, 31 Dec 2023 00:00:00 GMT", Why::None},
    {"RFC 9111 §3: 404 by heuristic", Method::Get, "", 404, OLD, Why::None},
    {"RFC 9111 §3: 404, no Date", Method::Get, "", 404,
     "Last-Modified: Sun, 31 Dec 2023 00:00:00 GMT", Why::None},
    {"RFC 9111 §3: 404 with nothing", Method::Get, "", 404, "", Why::NoFreshness},
    {"RFC 9111 §3: 500 with Last-Modified", Method::Get, "", 500, OLD, Why::NoFreshness},
    {"RFC 9111 §3: 599 with Last-Modified", Method::Get, "", 599, OLD, Why::NoFreshness},
    {"RFC 9111 §3: 599 with Last-Modified and public", Method::Get, "", 599,
     OLD "Cache-Control: public", Why::None},
    {"RFC 9111 §3: 202 with ETag alone", Method::Get, "", 202, "ETag: \"a\"", Why::NoFreshness},
    {"RFC 9111 §3: public and nothing else", Method::Get, "", 200, "Cache-Control: public",
     Why::NoFreshness},
    {"RFC 9111 §4.3: ETag alone is stored for validation", Method::Get, "", 200, "ETag: \"a\"",
     Why::None},
    {"RFC 9111 §4.3: max-age=0 with ETag", Method::Get, "", 200,
     "Cache-Control: max-age=0\nETag: \"a\"", Why::None},
    {"RFC 9111 §4.3: past Expires with Last-Modified", Method::Get, "", 200, OLD "Expires: 0",
     Why::None},
    {"RFC 9111 §4.3: max-age=0 without validator", Method::Get, "", 200, "Cache-Control: max-age=0",
     Why::NoFreshness},
    {"RFC 9110 §13.2.1: a condition needs a 200", Method::Get, "", 404,
     "Cache-Control: max-age=0\nETag: \"a\"", Why::NoFreshness},
    {"RFC 5861 §3: max-age=0 with a stale window", Method::Get, "", 200,
     "Cache-Control: max-age=0, stale-while-revalidate=60", Why::None},
    {"RFC 5861 §4: max-age=0 with a window for errors", Method::Get, "", 200,
     "Cache-Control: max-age=0, stale-if-error=60", Why::None},
    {"RFC 9111 §5.2.2.2: must-revalidate closes the windows", Method::Get, "", 200,
     "Cache-Control: max-age=0, stale-if-error=60, must-revalidate", Why::NoFreshness},
    {"RFC 5861 §3: a window has to begin somewhere", Method::Get, "", 200,
     "Cache-Control: stale-while-revalidate=60", Why::NoFreshness},
    {"RFC 9111 §5.3: future Expires without Date", Method::Get, "", 200,
     "Expires: Thu, 18 Aug 2050 02:01:18 GMT", Why::None},
    {"RFC 9213 §2.2: targeted max-age over no-store", Method::Get, "", 200,
     "CDN-Cache-Control: max-age=60\nCache-Control: no-store", Why::None},
    {"RFC 9213 §2.2: targeted no-store over max-age", Method::Get, "", 200,
     FRESH "CDN-Cache-Control: no-store", Why::NoStore},
    {"RFC 9213 §2.2: targeted private over max-age", Method::Get, "", 200,
     FRESH "CDN-Cache-Control: private", Why::Private},
    {"RFC 9213 §2.1: malformed targeted, no-store", Method::Get, "", 200,
     "CDN-Cache-Control: max-age=\"60\"\nCache-Control: no-store", Why::NoStore},
};

enum class Setting : std::uint8_t {
  Ttl,
  Override,
  Ignore,
  CookieStore,
  CookieStrip,
  Negative,
  ZeroTtl,
  StaleIfError
};

config::Cache cache_with(Setting setting) {
  config::Cache out;
  switch (setting) {
    case Setting::Ttl:
      out.ttl = 60s;
      break;
    case Setting::Override:
      out.ttl_override = 60s;
      break;
    case Setting::Ignore:
      out.ttl = 60s;
      out.ignore_origin = {true, true, true};
      break;
    case Setting::CookieStore:
      out.set_cookie = config::SetCookieRule::Store;
      break;
    case Setting::CookieStrip:
      out.set_cookie = config::SetCookieRule::Strip;
      break;
    case Setting::Negative:
      out.negative = {{404, 10s}, {503, 1s}};
      break;
    case Setting::ZeroTtl:
      out.ttl = 0s;
      break;
    case Setting::StaleIfError:
      out.stale_if_error = 60s;
      break;
  }
  return out;
}

struct RouteRow {
  const char* name;
  Setting setting;
  const char* request;
  unsigned status;
  const char* response;
  Why expected;
};

const RouteRow kRoutes[] = {
    {"design §4: ttl where the origin says nothing", Setting::Ttl, "", 200, "", Why::None},
    {"design §4: no ttl for an error", Setting::Ttl, "", 500, "", Why::NoFreshness},
    {"design §4: no-store over ttl", Setting::Ttl, "", 200, "Cache-Control: no-store",
     Why::NoStore},
    {"design §4: private over ttl", Setting::Ttl, "", 200, "Cache-Control: private", Why::Private},
    {"design §4: no-cache over ttl", Setting::Ttl, "", 200, "Cache-Control: no-cache",
     Why::NoFreshness},
    {"design §4: max-age=0 over ttl", Setting::Ttl, "", 200, "Cache-Control: max-age=0",
     Why::NoFreshness},
    {"RFC 9111 §3.5: ttl does not share what is authorized", Setting::Ttl, "Authorization: x", 200,
     "", Why::Authorization},
    {"design §4: Set-Cookie over ttl", Setting::Ttl, "", 200, "Set-Cookie: a=b", Why::SetCookie},
    {"design §4: ttl_override over max-age=0", Setting::Override, "", 200,
     "Cache-Control: max-age=0", Why::None},
    {"design §4: no-store over ttl_override", Setting::Override, "", 200, "Cache-Control: no-store",
     Why::NoStore},
    {"design §4: private over ttl_override", Setting::Override, "", 200, "Cache-Control: private",
     Why::Private},
    {"design §4: ttl_override not for errors", Setting::Override, "", 503, "", Why::NoFreshness},
    {"design §4: ignore_origin no-store", Setting::Ignore, "", 200, "Cache-Control: no-store",
     Why::None},
    {"design §4: ignore_origin private", Setting::Ignore, "", 200, "Cache-Control: private",
     Why::None},
    {"design §4: ignore_origin no-cache", Setting::Ignore, "", 200, "Cache-Control: no-cache",
     Why::None},
    {"RFC 9111 §5.2.1.5: ignore_origin is not about the client", Setting::Ignore,
     "Cache-Control: no-store", 200, "", Why::RequestNoStore},
    {"RFC 9111 §3.5: ignore_origin does not share what is authorized", Setting::Ignore,
     "Authorization: x", 200, "Cache-Control: private", Why::Authorization},
    {"RFC 9111 §7.3: set_cookie: store", Setting::CookieStore, "", 200, FRESH "Set-Cookie: a=b",
     Why::None},
    {"RFC 9111 §7.3: set_cookie: strip", Setting::CookieStrip, "", 200, FRESH "Set-Cookie: a=b",
     Why::None},
    {"FRONT SEC-07: a named 404", Setting::Negative, "", 404, "", Why::None},
    {"FRONT SEC-07: a named 503", Setting::Negative, "", 503, "", Why::None},
    {"FRONT SEC-07: a 500 that is not named", Setting::Negative, "", 500, "", Why::NoFreshness},
    {"FRONT SEC-07: a named status and no-store", Setting::Negative, "", 404,
     "Cache-Control: no-store", Why::NoStore},
    {"RFC 6585 §4: a 429 cannot be named", Setting::Negative, "", 429, "", Why::Status},
    {"design §4: ttl of 0 without validator", Setting::ZeroTtl, "", 200, "", Why::NoFreshness},
    {"design §4: ttl of 0 with validator", Setting::ZeroTtl, "", 200, "ETag: \"a\"", Why::None},
    {"RFC 5861 §4: the route's window", Setting::StaleIfError, "", 200, "Cache-Control: max-age=0",
     Why::None},
};

struct BypassRow {
  const char* name;
  Method method;
  const char* request;
  bool body;
  BypassReason expected;
};

const BypassRow kBypass[] = {
    {"RFC 9111 §4: GET", Method::Get, "Host: a", false, BypassReason::None},
    {"RFC 9111 §4: HEAD", Method::Head, "Host: a", false, BypassReason::None},
    {"RFC 9110 §9.3.3: POST", Method::Post, "", true, BypassReason::Method},
    {"RFC 9110 §9.3.7: OPTIONS", Method::Options, "", false, BypassReason::Method},
    {"RFC 10008 §2.7: QUERY, with its content", Method::Query, "", true, BypassReason::None},
    {"RFC 9110 §9.3.1: GET with a body", Method::Get, "", true, BypassReason::Body},
    {"FRONT SEC-10: Cookie", Method::Get, "Cookie: a=b", false, BypassReason::Cookie},
    {"RFC 9111 §3.5: Authorization may be looked up", Method::Get, "Authorization: x", false,
     BypassReason::None},
    {"RFC 9110 §14: Range may be looked up", Method::Get, "Range: bytes=0-", false,
     BypassReason::None},
    {"RFC 9110 §7.8: Upgrade", Method::Get, "Upgrade: websocket", false, BypassReason::Upgrade},
    {"RFC 9111 §4.3.2: If-Match", Method::Get, "If-Match: \"a\"", false,
     BypassReason::OriginPrecondition},
    {"RFC 9111 §4.3.2: If-None-Match may be looked up", Method::Get, "If-None-Match: \"a\"", false,
     BypassReason::None},
};

}  // namespace

TEST_CASE("may a response be stored?") {
  for (const auto& row : kRows) {
    INFO(row.name);
    const auto request = fields_of(row.request);
    const auto response = fields_of(row.response);
    const auto reason = may_store(request_facts(row.method, request, false),
                                  response_facts(row.status, response), config::Cache{});
    CHECK(to_string(reason) == to_string(row.expected));
  }
}

TEST_CASE("may a response be stored on a route with rules?") {
  for (const auto& row : kRoutes) {
    INFO(row.name);
    const auto request = fields_of(row.request);
    const auto response = fields_of(row.response);
    const auto reason = may_store(request_facts(Method::Get, request, false),
                                  response_facts(row.status, response), cache_with(row.setting));
    CHECK(to_string(reason) == to_string(row.expected));
  }
}

TEST_CASE("does a request take part in caching?") {
  const config::Cache cache;
  for (const auto& row : kBypass) {
    INFO(row.name);
    const auto request = fields_of(row.request);
    const auto facts = request_facts(row.method, request, row.body);
    CHECK(to_string(bypass_reason(facts, &cache)) == to_string(row.expected));
    CHECK(bypass_reason(facts, nullptr) == BypassReason::NoCacheRule);
  }
}

TEST_CASE("cookies bypass only where the route says so (design §4)") {
  const auto request = fields_of("Cookie: a=b");
  const auto facts = request_facts(Method::Get, request, false);
  config::Cache cache;
  cache.cookies.mode = config::CookieRule::Mode::Ignore;
  CHECK(bypass_reason(facts, &cache) == BypassReason::None);
  cache.cookies.mode = config::CookieRule::Mode::Key;
  CHECK(bypass_reason(facts, &cache) == BypassReason::None);
}

TEST_CASE("the answer to a POST as that of later GETs (RFC 9110 §9.3.3)") {
  struct PostRow {
    const char* name;
    Method method;
    const char* request;
    unsigned status;
    const char* response;
    Why expected;
  };
  const PostRow rows[] = {
      {"explicit freshness", Method::Post, "", 200, FRESH, Why::None},
      {"Expires is explicit", Method::Post, "", 200,
       "Date: Mon, 01 Jan 2024 00:00:00 GMT\nExpires: Mon, 01 Jan 2024 01:00:00 GMT", Why::None},
      {"a guess is not enough", Method::Post, "", 200, OLD, Why::NoFreshness},
      {"the answer to a PUT is not the resource", Method::Put, "", 200, FRESH, Why::Method},
      {"a 201 is about another resource", Method::Post, "", 201, FRESH, Why::Method},
      {"RFC 9111 §5.2.2.5: no-store", Method::Post, "", 200, "Cache-Control: no-store, max-age=60",
       Why::NoStore},
      {"RFC 9111 §3.5: Authorization", Method::Post, "Authorization: x", 200, FRESH,
       Why::Authorization},
      {"a Cookie goes on with a POST", Method::Post, "Cookie: a=b", 200, FRESH, Why::Method},
  };
  const config::Cache cache;
  for (const auto& row : rows) {
    INFO(row.name);
    const auto request_fields = fields_of(row.request);
    const auto response_fields = fields_of(row.response);
    const auto request = request_facts(row.method, request_fields, true);
    const auto response = response_facts(row.status, response_fields);
    CHECK(may_store_post(request, response, cache) == row.expected);
  }
}

TEST_CASE("what a HEAD does to the stored answer to GET (RFC 9111 §4.3.5)") {
  const auto effect = [](const char* request_text, const char* head_text) {
    const auto request_fields = fields_of(request_text);
    const auto head_fields = fields_of(head_text);
    return effect_of_head(request_facts(Method::Head, request_fields, false),
                          response_facts(200, head_fields), fields_of(FRESH "ETag: \"1\""),
                          config::Cache{});
  };
  CHECK(effect("", FRESH) == HeadEffect::Update);
  CHECK(effect("", "A: 1") == HeadEffect::Update);
  CHECK(effect("", "ETag: \"2\"") == HeadEffect::Stale);
  CHECK(effect("Cookie: a=b", FRESH) == HeadEffect::None);
  CHECK(effect("Authorization: x", "ETag: \"2\"") == HeadEffect::None);
  CHECK(effect("", "Cache-Control: no-store") == HeadEffect::Stale);
  CHECK(effect("", "Cache-Control: private, max-age=60") == HeadEffect::Stale);
  CHECK(effect("", FRESH "Set-Cookie: a=b") == HeadEffect::Stale);
}
