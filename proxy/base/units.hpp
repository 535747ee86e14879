// Sizes as a type, so that bytes are not confused with counts.
#pragma once

#include <compare>
#include <cstdint>

namespace wf {

struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

constexpr Bytes operator""_B(unsigned long long n) noexcept { return Bytes{n}; }
constexpr Bytes operator""_KiB(unsigned long long n) noexcept { return Bytes{n << 10U}; }
constexpr Bytes operator""_MiB(unsigned long long n) noexcept { return Bytes{n << 20U}; }
constexpr Bytes operator""_GiB(unsigned long long n) noexcept { return Bytes{n << 30U}; }

}  // namespace wf
