// CDN-Cache-Control (RFC 9213).
#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/cache_control.hpp"
#include "proxy/policy/structured_fields.hpp"

namespace wf::policy {
namespace {

struct DeltaKey {
  std::string_view name;
  std::optional<DeltaSeconds> ResponseCacheControl::*slot;
};
constexpr std::array kDeltaKeys{
    DeltaKey{"max-age", &ResponseCacheControl::max_age},
    DeltaKey{"s-maxage", &ResponseCacheControl::s_maxage},
    DeltaKey{"stale-while-revalidate", &ResponseCacheControl::stale_while_revalidate},
    DeltaKey{"stale-if-error", &ResponseCacheControl::stale_if_error},
};

struct FlagKey {
  std::string_view name;
  bool ResponseCacheControl::*slot;
};
constexpr std::array kFlagKeys{
    FlagKey{"no-store", &ResponseCacheControl::no_store},
    FlagKey{"must-revalidate", &ResponseCacheControl::must_revalidate},
    FlagKey{"proxy-revalidate", &ResponseCacheControl::proxy_revalidate},
    FlagKey{"public", &ResponseCacheControl::public_},
    FlagKey{"must-understand", &ResponseCacheControl::must_understand},
    FlagKey{"immutable", &ResponseCacheControl::immutable},
};

struct FieldListKey {
  std::string_view name;
  bool ResponseCacheControl::*all;
  std::vector<std::string> ResponseCacheControl::*names;
};
constexpr std::array kFieldListKeys{
    FieldListKey{"no-cache", &ResponseCacheControl::no_cache,
                 &ResponseCacheControl::no_cache_fields},
    FieldListKey{"private", &ResponseCacheControl::private_, &ResponseCacheControl::private_fields},
};

bool apply_field_list(const FieldListKey& rule, const DictionaryMember& member,
                      ResponseCacheControl& out) {
  if (member.type == ItemType::Boolean) {
    out.*rule.all = member.boolean;
    return true;
  }
  if (member.type != ItemType::String && member.type != ItemType::Token) return false;
  std::string_view rest = member.text;
  for (auto name = ascii::next_element(rest); !name.empty(); name = ascii::next_element(rest)) {
    if (!ascii::is_token(name)) return false;
    (out.*rule.names).push_back(ascii::to_lower(name));
  }
  if ((out.*rule.names).empty()) out.*rule.all = true;
  return true;
}

// False: the value is of a type that the directive does not take.
bool apply(const DictionaryMember& member, ResponseCacheControl& out) {
  for (const auto& rule : kDeltaKeys) {
    if (member.key != rule.name) continue;
    if (member.type != ItemType::Integer) return false;
    out.*rule.slot = std::clamp<DeltaSeconds>(member.integer, 0, kMaxDeltaSeconds);
    return true;
  }
  for (const auto& rule : kFlagKeys) {
    if (member.key != rule.name) continue;
    out.*rule.slot = member.boolean;
    return member.type == ItemType::Boolean;
  }
  for (const auto& rule : kFieldListKeys) {
    if (member.key == rule.name) return apply_field_list(rule, member, out);
  }
  return true;
}

}  // namespace

std::optional<ResponseCacheControl> parse_targeted_cache_control(FieldSpan fields) {
  const auto text = joined_value(fields, "cdn-cache-control");
  if (!text) return std::nullopt;
  const auto members = parse_dictionary(*text);
  if (!members || members->empty()) return std::nullopt;
  ResponseCacheControl out;
  out.present = true;
  out.targeted = true;
  for (const auto& member : *members) {
    if (!apply(member, out)) return std::nullopt;
  }
  return out;
}

}  // namespace wf::policy
