#include "proxy/policy/cache_control.hpp"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

struct Directive {
  std::string_view name;
  std::optional<std::string_view> argument;  // without its quotes
  bool malformed = false;                    // an argument that is neither token nor quoted-string
};

// No blank is allowed around "=" (RFC 9111 §5.2): "max-age =5" is an unknown directive, and
// "max-age= 5" has a malformed argument.
Directive parse_directive(std::string_view element) noexcept {
  const auto equals = element.find('=');
  Directive out{element.substr(0, equals), std::nullopt, false};
  if (equals == std::string_view::npos) return out;
  auto argument = element.substr(equals + 1);
  if (argument.starts_with('"')) {
    out.malformed = argument.size() < 2 || !argument.ends_with('"');
    argument.remove_prefix(1);
    if (!argument.empty()) argument.remove_suffix(1);
  } else {
    out.malformed = !ascii::is_token(argument);
  }
  out.argument = argument;
  return out;
}

std::optional<DeltaSeconds> delta_argument(const Directive& directive) noexcept {
  if (directive.malformed || !directive.argument) return std::nullopt;
  return parse_delta_seconds(*directive.argument);
}

void keep_smaller(std::optional<DeltaSeconds>& slot, DeltaSeconds value) noexcept {
  slot = slot ? std::min(*slot, value) : value;
}

void keep_larger(std::optional<DeltaSeconds>& slot, DeltaSeconds value) noexcept {
  slot = slot ? std::max(*slot, value) : value;
}

template <class Visit>
void for_each_directive(FieldSpan fields, std::string_view name, Visit visit) {
  for (const Field& field : fields) {
    if (!ascii::iequals(field.name, name)) continue;
    auto rest = field.value;
    for (auto element = ascii::next_element(rest); !element.empty();
         element = ascii::next_element(rest)) {
      visit(parse_directive(element));
    }
  }
}

struct DeltaDirective {
  std::string_view name;
  std::optional<DeltaSeconds> ResponseCacheControl::*slot;
};
constexpr std::array kDeltaDirectives{
    DeltaDirective{"max-age", &ResponseCacheControl::max_age},
    DeltaDirective{"s-maxage", &ResponseCacheControl::s_maxage},
    DeltaDirective{"stale-while-revalidate", &ResponseCacheControl::stale_while_revalidate},
    DeltaDirective{"stale-if-error", &ResponseCacheControl::stale_if_error},
};

// An argument where none is defined: a directive that restricts still counts, one that permits does
// not.
enum class Effect : std::uint8_t { Restricts, Permits };
struct FlagDirective {
  std::string_view name;
  bool ResponseCacheControl::*slot;
  Effect effect;
};
constexpr std::array kFlagDirectives{
    FlagDirective{"no-store", &ResponseCacheControl::no_store, Effect::Restricts},
    FlagDirective{"must-revalidate", &ResponseCacheControl::must_revalidate, Effect::Restricts},
    FlagDirective{"proxy-revalidate", &ResponseCacheControl::proxy_revalidate, Effect::Restricts},
    FlagDirective{"public", &ResponseCacheControl::public_, Effect::Permits},
    FlagDirective{"must-understand", &ResponseCacheControl::must_understand, Effect::Permits},
    FlagDirective{"immutable", &ResponseCacheControl::immutable, Effect::Permits},
};

struct FieldListDirective {
  std::string_view name;
  bool ResponseCacheControl::*all;
  std::vector<std::string> ResponseCacheControl::*names;
};
constexpr std::array kFieldListDirectives{
    FieldListDirective{"no-cache", &ResponseCacheControl::no_cache,
                       &ResponseCacheControl::no_cache_fields},
    FieldListDirective{"private", &ResponseCacheControl::private_,
                       &ResponseCacheControl::private_fields},
};

// A list that is empty or not made of field names cannot limit the directive: it then holds for the
// whole response.
void apply_field_list(const FieldListDirective& rule, std::optional<std::string_view> argument,
                      ResponseCacheControl& out) {
  auto& names = out.*rule.names;
  bool understood = false;
  auto rest = argument.value_or(std::string_view{});
  for (auto name = ascii::next_element(rest); !name.empty(); name = ascii::next_element(rest)) {
    understood = ascii::is_token(name);
    if (!understood) break;
    names.push_back(ascii::to_lower(name));
  }
  if (!understood) out.*rule.all = true;
}

void apply(const Directive& directive, ResponseCacheControl& out) {
  for (const auto& rule : kDeltaDirectives) {
    if (!ascii::iequals(directive.name, rule.name)) continue;
    return keep_smaller(out.*rule.slot, delta_argument(directive).value_or(0));
  }
  for (const auto& rule : kFlagDirectives) {
    if (!ascii::iequals(directive.name, rule.name)) continue;
    if (rule.effect == Effect::Restricts || !directive.argument) out.*rule.slot = true;
    return;
  }
  for (const auto& rule : kFieldListDirectives) {
    if (!ascii::iequals(directive.name, rule.name)) continue;
    return apply_field_list(rule, directive.malformed ? std::nullopt : directive.argument, out);
  }
}

void apply(const Directive& directive, RequestCacheControl& out) noexcept {
  const auto is = [&](std::string_view name) { return ascii::iequals(directive.name, name); };
  const auto seconds = delta_argument(directive);
  if (is("no-cache")) {
    out.no_cache = true;
  } else if (is("no-store")) {
    out.no_store = true;
  } else if (is("only-if-cached")) {
    out.only_if_cached = true;
  } else if (is("max-age")) {
    keep_smaller(out.max_age, seconds.value_or(0));
  } else if (is("min-fresh") && seconds) {
    keep_larger(out.min_fresh, *seconds);
  } else if (is("max-stale") && (seconds || !directive.argument)) {
    keep_smaller(out.max_stale, seconds.value_or(kMaxDeltaSeconds));
  } else if (is("stale-if-error") && seconds) {
    keep_smaller(out.stale_if_error, *seconds);
  }
}

}  // namespace

std::optional<DeltaSeconds> parse_delta_seconds(std::string_view text) noexcept {
  if (text.empty() || !std::all_of(text.begin(), text.end(), ascii::is_digit)) return std::nullopt;
  constexpr auto kMax = static_cast<std::uint64_t>(kMaxDeltaSeconds);
  return static_cast<DeltaSeconds>(std::min(ascii::parse_uint(text).value_or(kMax), kMax));
}

RequestCacheControl parse_request_cache_control(FieldSpan fields) {
  RequestCacheControl out;
  for_each_directive(fields, "cache-control",
                     [&](const Directive& directive) { apply(directive, out); });
  if (has_field(fields, "cache-control")) return out;
  for_each_directive(fields, "pragma", [&](const Directive& directive) {
    out.no_cache = out.no_cache || ascii::iequals(directive.name, "no-cache");
  });
  return out;
}

ResponseCacheControl parse_response_cache_control(FieldSpan fields) {
  ResponseCacheControl out;
  out.present = has_field(fields, "cache-control");
  for_each_directive(fields, "cache-control",
                     [&](const Directive& directive) { apply(directive, out); });
  return out;
}

}  // namespace wf::policy
