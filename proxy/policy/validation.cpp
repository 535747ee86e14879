#include "proxy/policy/validation.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/http_date.hpp"

namespace wf::policy {
namespace {

struct EntityTag {
  std::string_view opaque;  // with its quotes
  bool weak = false;
  bool well_formed = false;
};

// RFC 9110 §8.8.3. There are no escapes in an opaque-tag, unlike in a quoted-string.
EntityTag parse_entity_tag(std::string_view text) noexcept {
  EntityTag out{text, text.starts_with("W/"), false};
  if (out.weak) out.opaque.remove_prefix(2);
  const auto quoted = out.opaque;
  out.well_formed = quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"' &&
                    quoted.find('"', 1) == quoted.size() - 1;
  if (!out.well_formed) out = {text, true, false};
  return out;
}

// Takes the first member off a list of entity-tags.
std::string_view next_entity_tag(std::string_view& rest) noexcept {
  while (!rest.empty()) {
    std::size_t end = 0;
    for (bool quoted = false; end < rest.size() && (quoted || rest[end] != ','); ++end) {
      if (rest[end] == '"') quoted = !quoted;
    }
    const auto tag = ascii::trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!tag.empty()) return tag;
  }
  return {};
}

std::string_view etag_of(FieldSpan fields) noexcept {
  return ascii::trim(field_value(fields, "etag"));
}

std::optional<UnixTime> date_in(FieldSpan fields, std::string_view name) noexcept {
  return parse_http_date(ascii::trim(field_value(fields, name)));
}

bool same_last_modified(FieldSpan a, FieldSpan b) noexcept {
  const auto left = date_in(a, "last-modified");
  return left && left == date_in(b, "last-modified");
}

bool none_match_lists(FieldSpan request, std::string_view etag) noexcept {
  for (const Field& field : request) {
    if (!ascii::iequals(field.name, "if-none-match")) continue;
    auto rest = field.value;
    for (auto tag = next_entity_tag(rest); !tag.empty(); tag = next_entity_tag(rest)) {
      if (tag == "*" || weak_match(tag, etag)) return true;
    }
  }
  return false;
}

Precondition judge_modified_since(FieldSpan request, FieldSpan stored, UnixTime now) noexcept {
  if (count_fields(request, "if-modified-since") != 1) return Precondition::Proceed;
  const auto since = parse_http_date(ascii::trim(field_value(request, "if-modified-since")), now);
  auto modified = date_in(stored, "last-modified");
  if (!modified) modified = date_in(stored, "date");
  const bool unchanged = since && modified && *modified <= *since;
  return unchanged ? Precondition::NotModified : Precondition::Proceed;
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view other) { return ascii::iequals(name, other); });
}

constexpr std::array<std::string_view, 16> kNeverReplaced{"content-length",
                                                          "content-digest",
                                                          "content-encoding",
                                                          "content-md5",
                                                          "content-range",
                                                          "transfer-encoding",
                                                          "connection",
                                                          "keep-alive",
                                                          "proxy-connection",
                                                          "proxy-authenticate",
                                                          "proxy-authentication-info",
                                                          "proxy-authorization",
                                                          "te",
                                                          "trailer",
                                                          "upgrade",
                                                          "age"};

constexpr std::array<std::string_view, 11> kRepresentationFields{
    "content-length", "content-encoding",  "content-type",   "content-language",
    "content-range",  "content-md5",       "content-digest", "repr-digest",
    "digest",         "transfer-encoding", "trailer"};

bool named_in_connection(FieldSpan fields, std::string_view name) noexcept {
  return std::any_of(fields.begin(), fields.end(), [name](const Field& field) {
    return ascii::iequals(field.name, "connection") && ascii::list_contains(field.value, name);
  });
}

bool is_replacing(FieldSpan fresh, std::string_view name) noexcept {
  return !is_one_of(name, kNeverReplaced) && !named_in_connection(fresh, name);
}

}  // namespace

bool strong_match(std::string_view etag, std::string_view other) noexcept {
  const auto a = parse_entity_tag(etag);
  const auto b = parse_entity_tag(other);
  return a.well_formed && b.well_formed && !a.weak && !b.weak && a.opaque == b.opaque;
}

bool weak_match(std::string_view etag, std::string_view other) noexcept {
  if (etag.empty() || other.empty()) return false;
  return parse_entity_tag(etag).opaque == parse_entity_tag(other).opaque;
}

Precondition evaluate_preconditions(const RequestFacts& request, unsigned status, FieldSpan stored,
                                    UnixTime now) noexcept {
  if (!request.conditional || (status != 200 && status != 206)) return Precondition::Proceed;
  const bool reads = request.method == Method::Get || request.method == Method::Head;
  if (has_field(request.fields, "if-none-match")) {
    if (!none_match_lists(request.fields, etag_of(stored))) return Precondition::Proceed;
    return reads ? Precondition::NotModified : Precondition::Failed;
  }
  return reads ? judge_modified_since(request.fields, stored, now) : Precondition::Proceed;
}

OwnedFields conditional_fields(FieldSpan stored) {
  OwnedFields out;
  const auto etag = etag_of(stored);
  if (!etag.empty()) out.push_back({"If-None-Match", std::string{etag}});
  if (date_in(stored, "last-modified")) {
    const auto value = ascii::trim(field_value(stored, "last-modified"));
    out.push_back({"If-Modified-Since", std::string{value}});
  }
  return out;
}

bool has_strong_last_modified(FieldSpan fields) noexcept {
  const auto modified = date_in(fields, "last-modified");
  const auto date = date_in(fields, "date");
  return modified && date && *date - *modified >= Seconds{1};
}

bool not_modified_selects(FieldSpan stored, FieldSpan not_modified) noexcept {
  const auto etag = etag_of(not_modified);
  const bool dated = date_in(not_modified, "last-modified").has_value();
  const auto tag = parse_entity_tag(etag);
  const bool strong_tag = tag.well_formed && !tag.weak;
  const bool strong_date = dated && has_strong_last_modified(stored);
  const bool same_date = same_last_modified(stored, not_modified);
  if (strong_match(etag, etag_of(stored)) || (strong_date && same_date)) return true;
  if (strong_tag || strong_date) return false;
  if (etag.empty() && !dated) return true;
  return weak_match(etag, etag_of(stored)) || same_date;
}

OwnedFields merge_not_modified(FieldSpan stored, FieldSpan fresh) {
  OwnedFields out;
  out.reserve(stored.size() + fresh.size());
  for (const Field& field : stored) {
    const bool replaced = has_field(fresh, field.name) && is_replacing(fresh, field.name);
    if (replaced || ascii::iequals(field.name, "age")) continue;
    out.push_back({std::string{field.name}, std::string{field.value}});
  }
  for (const Field& field : fresh) {
    if (!ascii::iequals(field.name, "age") && !is_replacing(fresh, field.name)) continue;
    out.push_back({std::string{field.name}, std::string{field.value}});
  }
  return out;
}

HeadEffect head_effect(FieldSpan stored, unsigned head_status, FieldSpan head) noexcept {
  if (head_status != 200) return HeadEffect::None;
  const auto same = [&](std::string_view name) {
    return ascii::trim(field_value(stored, name)) == ascii::trim(field_value(head, name));
  };
  const bool changed =
      (has_field(head, "etag") && !same("etag")) ||
      (has_field(head, "last-modified") && !same("last-modified")) ||
      // A stored response that came in chunks has no Content-Length to compare with.
      (has_field(head, "content-length") && has_field(stored, "content-length") &&
       !same("content-length"));
  return changed ? HeadEffect::Stale : HeadEffect::Update;
}

bool sent_in_not_modified(std::string_view name) noexcept {
  return !is_one_of(name, kRepresentationFields);
}

}  // namespace wf::policy
