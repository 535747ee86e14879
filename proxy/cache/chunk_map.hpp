// How a body is divided into chunks: pure arithmetic.
//
//     chunk 0             the first kInlineBody bytes; they lie in the record itself
//     chunk 1, 2, …       kChunkBytes each, a key each; the last one is shorter
//
// A body of at most kInlineBody bytes has no other chunk: one round trip brings all of it.
#pragma once

#include <cstdint>

namespace wf::cache {

inline constexpr std::uint64_t kInlineBody = 64U << 10U;
/// With its frame and Redis' own header it fills an allocation of 128 KiB, and no larger one.
inline constexpr std::uint64_t kChunkBytes = (128U << 10U) - 128;
/// Of a body whose length the origin did not announce, while it arrives.
inline constexpr std::uint64_t kUnknownSize = UINT64_MAX;

/// Bytes [begin, end) of a body.
struct ByteSpan {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
  [[nodiscard]] bool empty() const noexcept { return begin >= end; }
  bool operator==(const ByteSpan&) const = default;
};

/// The chunk that the byte at `offset` lies in.
[[nodiscard]] constexpr std::uint64_t chunk_of(std::uint64_t offset) noexcept {
  return offset < kInlineBody ? 0 : 1 + (offset - kInlineBody) / kChunkBytes;
}

/// The bytes of a chunk in a body of `size` bytes; empty if it has no such chunk.
[[nodiscard]] constexpr ByteSpan chunk_span(std::uint64_t index, std::uint64_t size) noexcept {
  const std::uint64_t begin = index == 0 ? 0 : kInlineBody + (index - 1) * kChunkBytes;
  const std::uint64_t length = index == 0 ? kInlineBody : kChunkBytes;
  if (begin >= size) return {size, size};
  return {begin, size - begin < length ? size : begin + length};
}

/// How many chunks there are, chunk 0 included.
[[nodiscard]] constexpr std::uint64_t chunk_count(std::uint64_t size) noexcept {
  return size == 0 ? 0 : chunk_of(size - 1) + 1;
}

}  // namespace wf::cache
