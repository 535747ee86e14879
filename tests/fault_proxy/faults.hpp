// What can go wrong on a link, and how an operator says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "config/parsed.hpp"

namespace wf::fault {

using std::chrono::milliseconds;

/// Of one direction. The default is a sound link.
struct Faults {
  milliseconds delay{0};                   ///< later by this; bytes keep their order
  milliseconds jitter{0};                  ///< and by up to this, by chance, for each piece
  std::uint64_t rate = 0;                  ///< bytes per second at most; 0: no limit
  bool swallow = false;                    ///< takes bytes and passes none on
  std::optional<std::uint64_t> cut_after;  ///< resets a connection once it passed so many bytes
  std::optional<std::uint64_t> flip;       ///< inverts a bit of every so-many-th byte
  bool operator==(const Faults&) const = default;
};

enum class Direction : std::uint8_t {
  Up,    ///< from who connects to the target
  Down,  ///< back
  Both,
};

/// Replaces nothing else: the other faults of that direction stay.
struct Change {
  enum class What : std::uint8_t { Delay, Jitter, Rate, Swallow, Cut, Flip };
  What what;
  std::uint64_t value = 0;  ///< ms, bytes per second or bytes
  Direction direction = Direction::Both;
};
struct Clear {};    ///< every fault ends; what was swallowed stays lost
struct Reset {};    ///< every open connection is reset, on both sides
struct HalfClose {  ///< every open connection says that it sends no more
  Direction direction = Direction::Both;
};
struct Stall {            ///< an open connection passes nothing any more
  std::size_t place = 0;  ///< 0: the oldest
  /// Not empty: all those instead whose client says this in its first kGreeting bytes, also those
  /// to come, until Clear.
  std::string greeting{};
};
inline constexpr std::size_t kGreeting = 1024;
struct Refuse {};  ///< connecting is refused until Accept
struct Accept {};

using Command = std::variant<Change, Clear, Reset, HalfClose, Stall, Refuse, Accept>;

/// "delay 20ms", "rate 64KiB down", "swallow up", "cut 1000", "stall 0", "stall log-link",
/// "clear"… One line.
[[nodiscard]] config::Parsed<Command> parse_command(std::string_view line);

/// `faults` with that change.
[[nodiscard]] Faults changed(Faults faults, const Change& change);

/// What `parse_command` takes, for people.
[[nodiscard]] std::string_view command_help() noexcept;

}  // namespace wf::fault
