#include "proxy/cache/chunk_codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include "proxy/cache/chunk_map.hpp"

namespace wf::cache {
namespace {

constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kHeaderBytes = kChunkOverhead - kChecksumBytes;
constexpr std::size_t kCodingOffset = 5;
constexpr std::size_t kIdOffset = 8;
constexpr std::size_t kIndexOffset = 24;
constexpr std::size_t kLengthOffset = 28;
constexpr std::string_view kMagic{"\x89WFB\x01", 5};
// The fastest level that still halves text: a hit must not wait for it, and decoding is as fast at
// any level.
constexpr int kLevel = 1;

using Header = std::array<char, kHeaderBytes>;

void put(char* to, std::uint64_t value, std::size_t width) noexcept {
  for (std::size_t i = 0; i < width; ++i, value >>= 8U) to[i] = static_cast<char>(value & 0xFFU);
}

std::uint64_t get(const char* from, std::size_t width) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8U | static_cast<unsigned char>(from[i]);
  return value;
}

/// All but the coding; the checksum covers it, so a chunk has one encoding per coding.
Header header_of(const ChunkName& name, std::uint64_t length) noexcept {
  Header header{};
  std::copy(kMagic.begin(), kMagic.end(), header.begin());
  std::memcpy(header.data() + kIdOffset, name.body.data(), name.body.size());
  put(header.data() + kIndexOffset, name.index, 4);
  put(header.data() + kLengthOffset, length, 4);
  return header;
}

std::uint64_t size_of(std::span<const Chunk> pieces) noexcept {
  std::uint64_t sum = 0;
  for (const Chunk& piece : pieces) sum += piece.size();
  return sum;
}

void seal(std::string& bytes) {
  std::array<char, kChecksumBytes> sum{};
  put(sum.data(), XXH3_64bits(bytes.data(), bytes.size()), sum.size());
  bytes.append(sum.data(), sum.size());
}

/// The plain encoding without its checksum, squeezed; false: it does not pay.
bool squeeze(std::string& bytes) {
  const std::size_t plain = bytes.size() - kHeaderBytes;
  std::string packed(kHeaderBytes + ZSTD_compressBound(plain), '\0');
  const std::size_t size = ZSTD_compress(packed.data() + kHeaderBytes, packed.size() - kHeaderBytes,
                                         bytes.data() + kHeaderBytes, plain, kLevel);
  if (ZSTD_isError(size) != 0 || size > plain - plain / 8) return false;
  packed.resize(kHeaderBytes + size);
  std::memcpy(packed.data(), bytes.data(), kHeaderBytes);
  packed[kCodingOffset] = static_cast<char>(Coding::Zstd);
  bytes = std::move(packed);
  return true;
}

Error malformed(std::string_view what) {
  return {ErrorCode::Malformed, Side::Store, Retry::No, "stored chunk: " + std::string{what}};
}

Result<Chunk> unpack(std::string_view payload, std::size_t length) {
  auto owner = std::make_shared_for_overwrite<char[]>(length);
  const std::size_t size = ZSTD_decompress(owner.get(), length, payload.data(), payload.size());
  if (ZSTD_isError(size) != 0 || size != length) return malformed("compressed bytes");
  const std::string_view view{owner.get(), length};
  return Chunk{std::move(owner), view};
}

Chunk share(std::string bytes, std::size_t length) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  const std::string_view view = std::string_view{*owner}.substr(kHeaderBytes, length);
  return {std::shared_ptr<const char[]>{owner, owner->data()}, view};
}

}  // namespace

std::string encode_chunk(const ChunkName& name, std::span<const Chunk> pieces, Coding coding) {
  const std::uint64_t length = size_of(pieces);
  const Header header = header_of(name, length);
  std::string bytes;
  bytes.reserve(kChunkOverhead + length);
  bytes.append(header.data(), header.size());
  for (const Chunk& piece : pieces) bytes.append(piece.view());
  if (coding == Coding::Zstd) static_cast<void>(squeeze(bytes));
  seal(bytes);
  return bytes;
}

Result<Chunk> decode_chunk(std::string bytes, const ChunkName& name) {
  if (bytes.size() < kChunkOverhead) return malformed("too short");
  const std::size_t covered = bytes.size() - kChecksumBytes;
  if (get(bytes.data() + covered, kChecksumBytes) != XXH3_64bits(bytes.data(), covered)) {
    return malformed("checksum");
  }
  const std::uint64_t length = get(bytes.data() + kLengthOffset, 4);
  Header expected = header_of(name, length);
  const char coding = bytes[kCodingOffset];
  expected[kCodingOffset] = coding;
  if (!std::equal(expected.begin(), expected.end(), bytes.begin())) return malformed("another's");
  if (length == 0 || length > kChunkBytes) return malformed("length");
  const std::size_t payload = covered - kHeaderBytes;
  if (coding == static_cast<char>(Coding::Zstd)) {
    return unpack(std::string_view{bytes}.substr(kHeaderBytes, payload), length);
  }
  if (coding != static_cast<char>(Coding::Plain) || payload != length) return malformed("length");
  return share(std::move(bytes), length);
}

}  // namespace wf::cache
