// Durations, sizes and percentages as people write them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "config/parsed.hpp"
#include "config/types.hpp"

namespace wf::config {

/// The longest duration that is accepted (a hundred years): sums of a few stay far from overflow.
constexpr std::chrono::milliseconds kLongestDuration = std::chrono::hours{24 * 36'500};
/// The largest size that is accepted (1 EiB), for the same reason.
constexpr Bytes kLargestSize{std::uint64_t{1} << 60U};

/// Whole numbers with the units d, h, m, s, ms, the larger ones first, each at most once: "5m",
/// "1h30m", "250ms". "0" needs no unit.
[[nodiscard]] Parsed<std::chrono::milliseconds> parse_duration(std::string_view text);

/// One whole number with a unit: B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers
/// of 1024). "0" needs no unit.
[[nodiscard]] Parsed<Bytes> parse_size(std::string_view text);

/// 0 to 100, with or without "%".
[[nodiscard]] Parsed<unsigned> parse_percent(std::string_view text);

/// A size of more than 0, or 1% to 100%.
[[nodiscard]] Parsed<Share> parse_share(std::string_view text);

/// The shortest text that parse_duration reads back as the same value; "0s" for none.
[[nodiscard]] std::string to_text(std::chrono::milliseconds duration);

/// With the largest power-of-1024 unit that divides it: "64MiB", "8000B".
[[nodiscard]] std::string to_text(Bytes size);
[[nodiscard]] std::string to_text(const Share& share);

}  // namespace wf::config
