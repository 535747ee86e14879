// What the fuzz targets share: promises, and choices taken from the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace wf::fuzz {

/// A promise that is broken ends the process, and libFuzzer keeps the input.
inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Bytes as a source of choices. When they are used up every choice is 0.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : rest_(bytes) {}

  /// 0 … most, which is below 65536.
  [[nodiscard]] std::size_t up_to(std::size_t most) {
    std::size_t value = byte();
    if (most > 255) value = value << 8U | byte();
    return value % (most + 1);
  }
  [[nodiscard]] bool coin() { return (byte() & 1U) != 0; }
  [[nodiscard]] std::string_view text(std::size_t longest) {
    const auto taken = rest_.substr(0, up_to(longest));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  template <class T, std::size_t N>
  [[nodiscard]] const T& one_of(const T (&values)[N]) {
    return values[up_to(N - 1)];
  }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
  [[nodiscard]] bool used_up() const noexcept { return rest_.empty(); }

 private:
  std::size_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view rest_;
};

/// The first byte says how the others are cut; each piece in a block of exactly its size would hide
/// nothing from the sanitizers, so callers copy.
class Cuts {
 public:
  explicit Cuts(std::uint8_t seed) : state_(seed * 2654435761U + 1) {}
  /// The length of the next piece of `left` bytes; at least 1.
  [[nodiscard]] std::size_t next(std::size_t left) {
    state_ = state_ * 1664525U + 1013904223U;
    const std::size_t longest = (state_ >> 30U) == 0 ? left : 7;
    return 1 + (state_ >> 8U) % (longest < left ? longest : left);
  }

 private:
  std::uint32_t state_;
};

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace wf::fuzz
