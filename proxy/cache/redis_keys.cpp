#include "proxy/cache/redis_keys.hpp"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.hpp"

namespace wf::cache {
namespace {

constexpr std::size_t kLongestPrefix = 24;

bool is_prefix_char(char c) noexcept {
  return ascii::is_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

}  // namespace

Slot slot_of(std::string_view key_text, std::string_view variant_text) {
  Slot slot{key_hash(key_text), {}};
  if (!variant_text.empty()) slot.variant = key_hash(variant_text).hex;
  return slot;
}

std::string to_string(const Slot& slot) {
  return slot.variant.empty() ? slot.resource.hex : slot.resource.hex + ':' + slot.variant;
}

Result<RedisKeys> RedisKeys::with_prefix(std::string prefix) {
  if (prefix.empty() || prefix.size() > kLongestPrefix ||
      !std::all_of(prefix.begin(), prefix.end(), is_prefix_char)) {
    return Error{ErrorCode::Unsupported, Side::Self, Retry::No,
                 "redis prefix: 1 to 24 of a-z, 0-9, '_' and '-'"};
  }
  return RedisKeys{std::move(prefix)};
}

std::string RedisKeys::of_slot(const Slot& slot, std::string_view kind) const {
  std::string name;
  name.reserve(prefix_.size() + slot.resource.hex.size() + kind.size() + slot.variant.size() + 5);
  name.append(prefix_).append(":{").append(slot.resource.hex).append("}:").append(kind);
  if (!slot.variant.empty()) name.append(":").append(slot.variant);
  return name;
}

std::string RedisKeys::record(const Slot& slot) const {
  return of_slot(slot, slot.variant.empty() ? "r" : "v");
}

std::string RedisKeys::resource(const KeyHash& hash) const { return of_slot({hash, {}}, "r"); }

std::string RedisKeys::variant_prefix(const KeyHash& hash) const {
  return of_slot({hash, {}}, "v:");
}

std::string RedisKeys::variants(const KeyHash& hash) const { return of_slot({hash, {}}, "n"); }

std::string RedisKeys::lock(const Slot& slot) const { return of_slot(slot, "l"); }

std::string RedisKeys::waiting(const Slot& slot) const { return of_slot(slot, "w"); }

std::string RedisKeys::progress(const Slot& slot) const { return of_slot(slot, "p"); }

std::string RedisKeys::failure(const Slot& slot) const { return of_slot(slot, "f"); }

std::string RedisKeys::chunk(const KeyHash& resource, const EntityId& body,
                             std::uint32_t index) const {
  const std::string_view id{reinterpret_cast<const char*>(body.data()), body.size()};
  std::string name = of_slot({resource, {}}, "b:");
  return name.append(ascii::hex(id)).append(":").append(std::to_string(index));
}

std::string RedisKeys::wake_channel() const { return prefix_ + ":wake"; }

std::string RedisKeys::log() const { return '{' + prefix_ + "}:log"; }

}  // namespace wf::cache
