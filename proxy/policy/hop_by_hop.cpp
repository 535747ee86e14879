#include "proxy/policy/hop_by_hop.hpp"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

template <std::size_t N>
using Names = std::array<std::string_view, N>;  // lower-case, sorted

// RFC 9110 §7.6.1 and §11.7; RFC 9111 §3.1 (Proxy-*); RFC 7540 §3.2.1 (HTTP2-Settings). Expect is
// met by us (RFC 9110 §10.1.1): what the origin is asked is decided anew.
constexpr Names<12> kHopByHop{"connection",
                              "expect",
                              "http2-settings",
                              "keep-alive",
                              "proxy-authenticate",
                              "proxy-authentication-info",
                              "proxy-authorization",
                              "proxy-connection",
                              "te",
                              "trailer",
                              "transfer-encoding",
                              "upgrade"};

constexpr Names<3> kRewritten{"content-length", "host", "transfer-encoding"};

// Seen to be acted upon by servers and frameworks (SEC-01, SEC-04, SEC-23): overrides of the URL,
// the host, the method and the client's address. X-Forwarded-* is judged by its prefix.
constexpr Names<50> kPoisoning{"base-url",
                               "cf-connecting-ip",
                               "client-ip",
                               "destination",
                               "fastly-client-ip",
                               "forwarded",
                               "front-end-https",
                               "http-host",
                               "proxy",
                               "request-uri",
                               "surrogate-capability",
                               "true-client-ip",
                               "uri",
                               "url",
                               "x-amz-website-redirect-location",
                               "x-backend-host",
                               "x-client-ip",
                               "x-cluster-client-ip",
                               "x-custom-ip-authorization",
                               "x-envoy-original-path",
                               "x-forwarded",
                               "x-host",
                               "x-host-override",
                               "x-http-destinationurl",
                               "x-http-host-override",
                               "x-http-method",
                               "x-http-method-override",
                               "x-http-path-override",
                               "x-invoke-path",
                               "x-invoke-query",
                               "x-invoke-status",
                               "x-method-override",
                               "x-middleware-prefetch",
                               "x-middleware-rewrite",
                               "x-middleware-subrequest",
                               "x-original-host",
                               "x-original-uri",
                               "x-original-url",
                               "x-originating-ip",
                               "x-override-url",
                               "x-proxy-host",
                               "x-proxy-url",
                               "x-real-ip",
                               "x-remote-addr",
                               "x-remote-ip",
                               "x-rewrite-uri",
                               "x-rewrite-url",
                               "x-scheme",
                               "x-server-name",
                               "x-url-scheme"};

constexpr Names<23> kCritical{"age",
                              "authorization",
                              "cache-control",
                              "cdn-cache-control",
                              "content-encoding",
                              "content-length",
                              "content-range",
                              "content-type",
                              "cookie",
                              "date",
                              "etag",
                              "expires",
                              "forwarded",
                              "host",
                              "last-modified",
                              "location",
                              "origin",
                              "pragma",
                              "range",
                              "set-cookie",
                              "transfer-encoding",
                              "vary",
                              "via"};

static_assert(std::is_sorted(kHopByHop.begin(), kHopByHop.end()));
static_assert(std::is_sorted(kPoisoning.begin(), kPoisoning.end()));
static_assert(std::is_sorted(kCritical.begin(), kCritical.end()));

/// Most names differ from all of these in length, which costs less to see than an order.
template <std::size_t N>
bool contains(const Names<N>& names, std::string_view name) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view n) { return ascii::iequals(n, name); });
}

bool has_prefix(std::string_view name, std::string_view prefix) noexcept {
  return ascii::iequals(name.substr(0, prefix.size()), prefix);
}

}  // namespace

bool is_hop_by_hop(std::string_view name) noexcept { return contains(kHopByHop, name); }

bool is_nominated(FieldSpan fields, std::string_view name) noexcept {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return ascii::iequals(field.name, "connection") && ascii::list_contains(field.value, name);
  });
}

bool is_rewritten(std::string_view name) noexcept { return contains(kRewritten, name); }

bool is_poisoning(std::string_view name) noexcept {
  return has_prefix(name, "x-forwarded-") || contains(kPoisoning, name);
}

bool is_end_to_end_critical(std::string_view name) noexcept {
  return has_prefix(name, "x-forwarded-") || has_prefix(name, "if-") || contains(kCritical, name);
}

}  // namespace wf::policy
