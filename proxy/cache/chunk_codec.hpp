// A body chunk as bytes, for Redis. Each says whose it is and verifies by itself: what is not
// exactly the chunk that was asked for is an error, and to the caller a lost chunk.
//
// Little-endian:
//     0  magic (4)   version (1)   coding (1): 0 plain, 1 zstd   zeros (2)
//     8  id of the body (16)
//    24  index (4)   length of the bytes it stands for (4)
//    32  payload
//   end  XXH3-64 over everything before it (8)
#pragma once

#include <span>
#include <string>

#include "proxy/base/chunk.hpp"
#include "proxy/base/error.hpp"
#include "proxy/cache/record.hpp"

namespace wf::cache {

/// Which chunk of which body.
struct ChunkName {
  EntityId body{};
  std::uint32_t index = 0;
  bool operator==(const ChunkName&) const = default;
};

inline constexpr std::size_t kChunkOverhead = 40;

/// Plain, or as zstd where that is asked for and saves an eighth at least.
enum class Coding : std::uint8_t { Plain = 0, Zstd = 1 };
[[nodiscard]] std::string encode_chunk(const ChunkName& name, std::span<const Chunk> pieces,
                                       Coding coding);

/// Malformed (Side::Store) for bytes that are not this chunk. Never more than kChunkBytes, whatever
/// they claim.
[[nodiscard]] Result<Chunk> decode_chunk(std::string bytes, const ChunkName& name);

}  // namespace wf::cache
