// What a Cluster's error replies say about where a command belongs. No sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "config/types.hpp"
#include "proxy/base/error.hpp"
#include "proxy/redis/hash_slot.hpp"

namespace wf::redis {

struct Redirection {
  enum class Kind : std::uint8_t {
    Moved,     ///< the slot is `address`'s from now on
    Ask,       ///< this once: the slot is being moved to `address`, ask there behind ASKING
    TryAgain,  ///< its keys are in two places for the moment
  };
  Kind kind = Kind::Moved;
  HashSlot slot = 0;        ///< not for TryAgain
  config::Address address;  ///< not for TryAgain
};

/// Of the error that a node gave; nothing if it is no redirection. `asked` is the node's own
/// address: a node that does not know its own host leaves it empty.
[[nodiscard]] std::optional<Redirection> redirection_of(const Error& error,
                                                        const config::Address& asked);

}  // namespace wf::redis
