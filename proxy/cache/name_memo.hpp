// The names of records in Redis, remembered by the texts that they are made of: a key that is asked
// for again and again is not digested with SHA-256 for each look-up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cache/redis_keys.hpp"

namespace wf::cache {

/// A name in Redis that needs no heap.
class RecordName {
 public:
  RecordName() = default;
  /// Longer than kLongest: std::length_error. No name of RedisKeys is, but for those of chunks.
  explicit RecordName(std::string_view text);
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  static constexpr std::size_t kLongest = 104;  // a prefix, two digests, and what parts them
  std::array<char, kLongest> text_;             // NOLINT: read as far as it was filled
  std::uint8_t size_ = 0;
};

/// Takes some hundred KiB at most, and a few bytes until it is used. One thread's. `keys` outlives
/// it.
class NameMemo {
 public:
  explicit NameMemo(const RedisKeys& keys) : keys_(keys) {}

  /// The same as keys.record(slot_of(key, variant)).
  [[nodiscard]] RecordName of(std::string_view key, std::string_view variant);

 private:
  static constexpr std::size_t kPlaces = 256;
  static constexpr std::size_t kLongestText = 512;  // longer ones are digested each time
  struct Place {
    std::string key;
    std::string variant;
    RecordName name;
  };
  const RedisKeys& keys_;
  std::vector<Place> places_;  // by the texts' hash; who comes later takes the place
};

}  // namespace wf::cache
