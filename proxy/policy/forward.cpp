#include "proxy/policy/forward.hpp"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/cache_control.hpp"
#include "proxy/policy/hop_by_hop.hpp"
#include "proxy/policy/key.hpp"

namespace wf::policy {
namespace {

constexpr std::string_view kFor = "X-Forwarded-For";
constexpr std::string_view kProto = "X-Forwarded-Proto";
constexpr std::string_view kHost = "X-Forwarded-Host";
constexpr std::string_view kForwarded = "Forwarded";

bool contains(const std::vector<std::string>& names, std::string_view name) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& n) { return ascii::iequals(n, name); });
}

bool is_ours(std::string_view name) noexcept {
  return ascii::iequals(name, kFor) || ascii::iequals(name, kProto) ||
         ascii::iequals(name, kHost) || ascii::iequals(name, kForwarded);
}

/// What the client says about the way it came may stand: the route keys on it or lets it through,
/// or, where nothing is cached, it is trusted.
bool keeps_forwarding_field(const ForwardContext& context, std::string_view name) noexcept {
  if (context.cache == nullptr) return context.trust_forwarded;
  return contains(context.cache->key_headers, name) ||
         contains(context.cache->forward_headers, name);
}

/// RFC 9110 §13.1, §14.2: a fill asks for the whole representation, under its own conditions.
bool is_condition_or_range(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 6> kNames{
      "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view n) { return ascii::iequals(n, name); });
}

void append_cookies(const ForwardContext& context, FieldSpan received, OwnedFields& out) {
  if (context.cache == nullptr || context.cache->cookies.mode != config::CookieRule::Mode::Key) {
    return;
  }
  std::vector<Field> kept;
  append_cookie_values(received, context.cache->cookies.names, kept);
  if (kept.empty()) return;
  std::string text;
  for (const Field& cookie : kept) {
    if (!text.empty()) text += "; ";
    text.append(cookie.name).append("=").append(cookie.value);
  }
  out.push_back({"Cookie", std::move(text)});
}

/// RFC 7239 §4: a value that is no token is quoted; IPv6 addresses are in brackets, and quoted.
void append_parameter(std::string_view name, std::string_view value, std::string& out) {
  if (!out.empty()) out += ';';
  out.append(name).append("=");
  if (ascii::is_token(value)) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

/// `whom`: an address, or nothing.
std::string forwarded_element(const ForwardContext& context, std::string_view whom) {
  std::string out;
  if (whom.empty()) {
    append_parameter("for", "unknown", out);
  } else if (whom.find(':') != std::string_view::npos) {
    append_parameter("for", "[" + std::string{whom} + "]", out);
  } else {
    append_parameter("for", whom, out);
  }
  if (!context.authority.empty()) append_parameter("host", context.authority, out);
  append_parameter("proto", context.scheme, out);
  return out;
}

/// A field that each hop adds an element to: `alone` where there is none yet, `next` to theirs,
/// which is about the hop that sent them.
struct Element {
  std::string alone;
  std::string next;
};
void append_element(const ForwardContext& context, FieldSpan received, std::string_view name,
                    Element ours, OwnedFields& out) {
  std::string value = std::move(ours.alone);
  if (keeps_forwarding_field(context, name)) {
    if (auto theirs = joined_value(received, name)) {
      value = std::move(*theirs);
      // A keyed value must reach the origin as it was keyed.
      if (context.cache == nullptr && !ours.next.empty()) value.append(", ").append(ours.next);
    }
  }
  if (!value.empty()) out.push_back({std::string{name}, std::move(value)});
}

/// A field that the first hop sets.
void append_first(const ForwardContext& context, FieldSpan received, OwnedField ours,
                  OwnedFields& out) {
  if (keeps_forwarding_field(context, ours.name)) {
    if (const Field* theirs = find_field(received, ours.name)) ours.value = theirs->value;
  }
  if (!ours.value.empty()) out.push_back(std::move(ours));
}

}  // namespace

bool forwards_request_field(const ForwardContext& context, FieldSpan received,
                            std::string_view name) noexcept {
  if (is_hop_by_hop(name) || is_rewritten(name) || is_ours(name)) return false;
  if (is_nominated(received, name)) return false;
  const bool poisoning = context.cache != nullptr
                             ? is_poisoning(name)
                             : ascii::iequals(name.substr(0, 12), "x-forwarded-");
  if (poisoning && !keeps_forwarding_field(context, name)) return false;
  if (context.purpose == Purpose::Pass) return true;
  return !is_condition_or_range(name) && !ascii::iequals(name, "cookie");
}

void append_forwarded_fields(const ForwardContext& context, FieldSpan received, OwnedFields& out) {
  // RFC 9112 §3.2: what goes on is HTTP/1.1, so Host is there, if only with nothing in it.
  out.push_back({"Host", std::string{context.host}});
  for (const Field& field : received) {
    if (forwards_request_field(context, received, field.name)) {
      out.push_back({std::string{field.name}, std::string{field.value}});
    }
  }
  if (context.purpose == Purpose::Fill) append_cookies(context, received, out);
  if (context.cache != nullptr) {
    out.push_back({"Surrogate-Capability", std::string{kSurrogate}.append("=\"Surrogate/1.0\"")});
  }

  const std::string_view version = context.version == 10 ? "1.0 " : "1.1 ";
  out.push_back({"Via", std::string{version}.append(context.via)});
  append_element(context, received, kFor, {std::string{context.client}, std::string{context.peer}},
                 out);
  append_first(context, received, {std::string{kProto}, std::string{context.scheme}}, out);
  append_first(context, received, {std::string{kHost}, std::string{context.authority}}, out);
  append_element(
      context, received, kForwarded,
      {forwarded_element(context, context.client), forwarded_element(context, context.peer)}, out);
}

void append_response_fields(const ResponseForwarding& forwarding, FieldSpan received,
                            std::vector<Field>& out) {
  const auto is_among = [](std::span<const std::string> names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& n) { return ascii::iequals(n, name); });
  };
  for (const Field& field : received) {
    if (is_hop_by_hop(field.name) || is_rewritten(field.name)) continue;
    if (is_nominated(received, field.name)) continue;
    if (forwarding.set_cookie == config::SetCookieRule::Strip &&
        ascii::iequals(field.name, "set-cookie")) {
      continue;
    }
    if (is_among(forwarding.hidden, field.name)) continue;
    // RFC 9111 §4.2.3 and §5.1: the age of a stored response is reckoned, not copied.
    if (!forwarding.store) {
      out.push_back(field);
      continue;
    }
    if (is_among(forwarding.private_fields, field.name)) continue;
    if (ascii::iequals(field.name, "age")) continue;
    out.push_back(field);
  }
}

}  // namespace wf::policy
