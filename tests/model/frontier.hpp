// States that are still to be expanded, in the order in which they were found.
#pragma once

#include <bit>
#include <cstring>
#include <vector>

#include "tests/model/state.hpp"

namespace model {

/// Most bytes of a state are zero: a bitmap says which are not, and only those
/// follow.
class Frontier {
 public:
  void push(const State& state) {
    std::array<Byte, kWords * 8> bytes{};
    std::memcpy(bytes.data(), &state, sizeof state);
    const std::size_t maps = packed_.size();
    packed_.resize(maps + kWords);
    for (std::size_t word = 0; word < kWords; ++word) {
      for (std::size_t i = 0; i < 8; ++i) {
        const Byte byte = bytes[word * 8 + i];
        if (byte == 0) continue;
        packed_[maps + word] = static_cast<Byte>(packed_[maps + word] | (1U << i));
        packed_.push_back(byte);
      }
    }
  }

  /// Calls `visit(state)` for each until it returns false.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t at = 0; at < packed_.size();) {
      State state;
      at = unpack(at, state);
      if (!visit(state)) return;
    }
  }

  [[nodiscard]] bool empty() const noexcept { return packed_.empty(); }
  void clear() noexcept { packed_.clear(); }
  void swap(Frontier& other) noexcept { packed_.swap(other.packed_); }

 private:
  static constexpr std::size_t kWords = (sizeof(State) + 7) / 8;

  std::size_t unpack(std::size_t at, State& state) const {
    std::array<Byte, kWords * 8> bytes{};
    std::size_t next_byte = at + kWords;
    for (std::size_t word = 0; word < kWords; ++word) {
      for (unsigned map = packed_[at + word]; map != 0; map &= map - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(map));
        bytes[word * 8 + i] = packed_[next_byte++];
      }
    }
    std::memcpy(&state, bytes.data(), sizeof state);
    return next_byte;
  }

  std::vector<Byte> packed_;
};

}  // namespace model
