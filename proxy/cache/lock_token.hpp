// Identities drawn by chance, and what the fleet lock's value says of its holder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/cache/record.hpp"

namespace wf::cache {

/// Who holds a fleet lock. The stamp is part of the lock's value, so that a proxy that knows a
/// newer purge can see that the holder's answer will be dead on arrival, and take the lock over
/// (§7).
struct LockToken {
  std::string token;  ///< 128 random bits, 32 lower-case hexadecimal digits
  Stamp as_of;
  bool operator==(const LockToken&) const = default;
};

[[nodiscard]] LockToken new_lock_token(const Stamp& as_of);
/// Never all zeros, which stands for "none".
[[nodiscard]] EntityId new_entity_id();

/// "token:birth:ms-n", numbers in decimal.
[[nodiscard]] std::string lock_value(const LockToken& token);
/// Nothing for a value that `lock_value` did not make.
[[nodiscard]] std::optional<LockToken> parse_lock_value(std::string_view value);

}  // namespace wf::cache
