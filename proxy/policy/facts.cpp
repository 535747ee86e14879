#include "proxy/policy/facts.hpp"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/http_date.hpp"

namespace wf::policy {
namespace {

struct MethodName {
  Method method;
  std::string_view text;
};
constexpr std::array kMethods{
    MethodName{Method::Get, "GET"},         MethodName{Method::Head, "HEAD"},
    MethodName{Method::Post, "POST"},       MethodName{Method::Put, "PUT"},
    MethodName{Method::Delete, "DELETE"},   MethodName{Method::Patch, "PATCH"},
    MethodName{Method::Options, "OPTIONS"}, MethodName{Method::Query, "QUERY"},
    MethodName{Method::Connect, "CONNECT"}, MethodName{Method::Trace, "TRACE"},
    MethodName{Method::Purge, "PURGE"},     MethodName{Method::Other, "OTHER"},
};

enum class RequestField : std::uint8_t {
  Irrelevant,
  CacheControl,
  Authorization,
  Cookie,
  Range,
  Condition,
  OriginCondition,
  Upgrade,
};

// By length first: a hit classifies every field of the request.
RequestField classify(std::string_view name) noexcept {
  const auto is = [name](std::string_view other) { return ascii::iequals(name, other); };
  using enum RequestField;
  switch (name.size()) {
    case 5:
      return is("range") ? Range : Irrelevant;
    case 6:
      return is("cookie") ? Cookie : is("pragma") ? CacheControl : Irrelevant;
    case 7:
      return is("upgrade") ? Upgrade : Irrelevant;
    case 8:
      return is("if-match") ? OriginCondition : is("if-range") ? Condition : Irrelevant;
    case 13:
      if (is("cache-control")) return CacheControl;
      if (is("authorization")) return Authorization;
      return is("if-none-match") ? Condition : Irrelevant;
    case 17:
      return is("if-modified-since") ? Condition : Irrelevant;
    case 19:
      return is("if-unmodified-since") ? OriginCondition : Irrelevant;
    default:
      return Irrelevant;
  }
}

void read_expires(FieldSpan fields, ResponseFacts& out) noexcept {
  bool malformed = false;
  for (const Field& field : fields) {
    if (!ascii::iequals(field.name, "expires")) continue;
    out.has_expires = true;
    const auto time = parse_http_date(ascii::trim(field.value));
    malformed = malformed || !time;
    if (time) out.expires = out.expires ? std::min(*out.expires, *time) : *time;
  }
  if (malformed) out.expires.reset();
}

}  // namespace

Method parse_method(std::string_view text) noexcept {
  for (const auto& [method, name] : kMethods) {
    if (text == name) return method;
  }
  return Method::Other;
}

std::string_view to_string(Method method) noexcept {
  return kMethods[static_cast<std::size_t>(method)].text;
}

bool is_usual(Method method) noexcept {
  switch (method) {
    case Method::Get:
    case Method::Head:
    case Method::Post:
    case Method::Put:
    case Method::Delete:
    case Method::Patch:
    case Method::Options:
      return true;
    case Method::Query:
    case Method::Connect:
    case Method::Trace:
    case Method::Purge:
    case Method::Other:
      return false;
  }
  return false;
}

bool is_safe(Method method) noexcept {
  switch (method) {
    case Method::Get:
    case Method::Head:
    case Method::Options:
    case Method::Trace:
    case Method::Query:
      return true;
    case Method::Post:
    case Method::Put:
    case Method::Delete:
    case Method::Patch:
    case Method::Connect:
    case Method::Purge:
    case Method::Other:
      return false;
  }
  return false;
}

bool is_idempotent(Method method) noexcept {
  return is_safe(method) || method == Method::Put || method == Method::Delete;
}

RequestFacts request_facts(Method method, FieldSpan fields, bool has_body) {
  RequestFacts out;
  out.method = method;
  out.fields = fields;
  out.has_body = has_body;
  bool cache_control = false;
  for (const Field& field : fields) {
    const auto kind = classify(field.name);
    cache_control = cache_control || kind == RequestField::CacheControl;
    out.authorization = out.authorization || kind == RequestField::Authorization;
    out.cookie = out.cookie || kind == RequestField::Cookie;
    out.range = out.range || kind == RequestField::Range;
    out.for_origin = out.for_origin || kind == RequestField::OriginCondition;
    out.conditional = out.conditional || kind == RequestField::Condition || out.for_origin;
    out.upgrade = out.upgrade || kind == RequestField::Upgrade;
  }
  if (cache_control) out.cache_control = parse_request_cache_control(fields);
  return out;
}

std::optional<DeltaSeconds> parse_age(FieldSpan fields) noexcept {
  for (const Field& field : fields) {
    if (!ascii::iequals(field.name, "age")) continue;
    auto rest = field.value;
    const auto first = ascii::next_element(rest);
    if (!first.empty()) return parse_delta_seconds(ascii::trim(first.substr(0, first.find(';'))));
  }
  return std::nullopt;
}

ResponseFacts response_facts(unsigned status, FieldSpan fields) {
  ResponseFacts out;
  out.status = status;
  out.fields = fields;
  auto targeted = parse_targeted_cache_control(fields);
  if (!targeted) targeted = parse_surrogate_control(fields);
  out.cache_control = targeted ? std::move(*targeted) : parse_response_cache_control(fields);
  out.date = parse_http_date(ascii::trim(field_value(fields, "date")));
  out.last_modified = parse_http_date(ascii::trim(field_value(fields, "last-modified")));
  out.age_seconds = parse_age(fields);
  out.etag = ascii::trim(field_value(fields, "etag"));
  out.set_cookie = has_field(fields, "set-cookie");
  read_expires(fields, out);
  return out;
}

}  // namespace wf::policy
