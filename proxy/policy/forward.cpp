#include "proxy/policy/forward.hpp"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"
#include "proxy/base/field_text.hpp"
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

void append_cookies(const ForwardContext& context, FieldSpan received, std::string& out) {
  if (context.cache == nullptr || context.cache->cookies.mode != config::CookieRule::Mode::Key) {
    return;
  }
  std::vector<Field> kept;
  append_cookie_values(received, context.cache->cookies.names, kept);
  FieldLine line{out, "Cookie"};
  for (const Field& cookie : kept) {
    if (!line.empty()) line.add("; ");
    line.add(cookie.name).add('=').add(cookie.value);
  }
  line.end();
}

/// RFC 7239 §4: a value that is no token is quoted; IPv6 addresses are in brackets, and quoted.
void add_parameter_value(std::string_view value, FieldLine& line) {
  if (ascii::is_token(value)) {
    line.add(value);
    return;
  }
  line.add('"');
  if (value.find('"') == std::string_view::npos && value.find('\\') == std::string_view::npos) {
    line.add(value).add('"');
    return;
  }
  for (const char c : value) {
    if (c == '"' || c == '\\') line.add('\\');
    line.add(c);
  }
  line.add('"');
}

/// `whom`: an address, or nothing.
void add_forwarded_element(const ForwardContext& context, std::string_view whom, FieldLine& line) {
  line.add("for=");
  if (whom.empty()) {
    line.add("unknown");
  } else if (whom.find(':') != std::string_view::npos) {
    line.add("\"[").add(whom).add("]\"");
  } else {
    add_parameter_value(whom, line);
  }
  if (!context.authority.empty()) {
    line.add(";host=");
    add_parameter_value(context.authority, line);
  }
  line.add(";proto=");
  add_parameter_value(context.scheme, line);
}

/// What the client sent of that name, where it may stand (RFC 9110 §5.3).
void add_theirs(const ForwardContext& context, FieldSpan received, std::string_view name,
                FieldLine& line) {
  if (!keeps_forwarding_field(context, name)) return;
  for (const Field& field : received) {
    if (!ascii::iequals(field.name, name)) continue;
    if (!line.empty()) line.add(", ");
    line.add(field.value);
  }
}

/// A field that each hop adds an element to: about the client where there is none yet, else about
/// the hop that sent us theirs.
void append_for(const ForwardContext& context, FieldSpan received, std::string& out) {
  FieldLine line{out, kFor};
  add_theirs(context, received, kFor, line);
  if (line.empty()) {
    line.add(context.client);
  } else if (context.cache == nullptr && !context.peer.empty()) {
    // A keyed value must reach the origin as it was keyed: there we add nothing.
    line.add(", ").add(context.peer);
  }
  line.end();
}

void append_forwarded(const ForwardContext& context, FieldSpan received, std::string& out) {
  FieldLine line{out, kForwarded};
  add_theirs(context, received, kForwarded, line);
  if (line.empty()) {
    add_forwarded_element(context, context.client, line);
  } else if (context.cache == nullptr) {
    line.add(", ");
    add_forwarded_element(context, context.peer, line);
  }
  line.end();
}

/// A field that the first hop sets.
void append_first(const ForwardContext& context, FieldSpan received, Field ours, std::string& out) {
  if (keeps_forwarding_field(context, ours.name)) {
    if (const Field* theirs = find_field(received, ours.name)) ours.value = theirs->value;
  }
  if (!ours.value.empty()) static_cast<void>(append_field(out, ours.name, ours.value));
}

/// Whether a head nominates anything (RFC 9110 §7.6.1): asked once, not for each of its fields.
bool nominates(FieldSpan received) noexcept { return has_field(received, "connection"); }

/// As forwards_request_field, of a field that is not nominated.
bool forwards_by_name(const ForwardContext& context, std::string_view name) noexcept {
  if (is_hop_by_hop(name) || is_rewritten(name) || is_ours(name)) return false;
  const bool poisoning = context.cache != nullptr
                             ? is_poisoning(name)
                             : ascii::iequals(name.substr(0, 12), "x-forwarded-");
  if (poisoning && !keeps_forwarding_field(context, name)) return false;
  if (context.identity && ascii::iequals(name, "accept-encoding")) return false;
  if (context.purpose == Purpose::Pass) return true;
  return !is_condition_or_range(name) && !ascii::iequals(name, "cookie");
}

}  // namespace

bool forwards_request_field(const ForwardContext& context, FieldSpan received,
                            std::string_view name) noexcept {
  return !is_nominated(received, name) && forwards_by_name(context, name);
}

void append_forwarded_fields(const ForwardContext& context, FieldSpan received, std::string& out) {
  // RFC 9112 §3.2: what goes on is HTTP/1.1, so Host is there, if only with nothing in it.
  static_cast<void>(append_field(out, "Host", context.host));
  const bool some_nominated = nominates(received);
  for (const Field& field : received) {
    if (some_nominated && is_nominated(received, field.name)) continue;
    if (!forwards_by_name(context, field.name)) continue;
    static_cast<void>(append_field(out, field.name, field.value));
  }
  if (context.purpose == Purpose::Fill) append_cookies(context, received, out);
  if (context.cache != nullptr) {
    FieldLine{out, "Surrogate-Capability"}.add(kSurrogate).add("=\"Surrogate/1.0\"").end();
  }
  FieldLine{out, "Via"}.add(context.version == 10 ? "1.0 " : "1.1 ").add(context.via).end();
  append_for(context, received, out);
  append_first(context, received, {kProto, context.scheme}, out);
  append_first(context, received, {kHost, context.authority}, out);
  append_forwarded(context, received, out);
  if (context.identity) static_cast<void>(append_field(out, "Accept-Encoding", "identity"));
}

void append_response_fields(const ResponseForwarding& forwarding, FieldSpan received,
                            std::vector<Field>& out) {
  const auto is_among = [](std::span<const std::string> names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& n) { return ascii::iequals(n, name); });
  };
  const bool some_nominated = nominates(received);
  out.reserve(out.size() + received.size());
  for (const Field& field : received) {
    if (is_hop_by_hop(field.name) || is_rewritten(field.name)) continue;
    if (some_nominated && is_nominated(received, field.name)) continue;
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
