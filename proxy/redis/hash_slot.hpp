// Which of a Cluster's 16384 slots a key belongs to.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/redis/command.hpp"

namespace wf::redis {

using HashSlot = std::uint16_t;
constexpr HashSlot kHashSlots = 16384;

/// CRC16 (XMODEM) of the key, or of its hash tag: what stands between the first "{" and the next
/// "}" if that is not empty.
[[nodiscard]] HashSlot hash_slot(std::string_view key) noexcept;

/// The slot of a command's keys; nothing for a command without keys, which any node may answer.
/// Unsupported, Side::Self: the keys are of several slots (Redis would say CROSSSLOT), or the
/// command is none of those whose keys we know.
[[nodiscard]] Result<std::optional<HashSlot>> slot_of_command(Args args);

/// Whether a replica may answer it: it reads one string and changes nothing.
[[nodiscard]] bool is_plain_read(Args args) noexcept;

}  // namespace wf::redis
