// Chunks as bytes, and how a body is divided into them.
#include "proxy/cache/chunk_codec.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <catch2/catch.hpp>

#include "proxy/cache/chunk_map.hpp"
#include "tests/unit/cache/sample_records.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

namespace {

std::string text(Chance& chance, std::size_t size) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(below(chance, 255));
  return out;
}

std::string words(std::size_t size) {
  std::string out;
  while (out.size() < size) out += "the quick brown fox ";
  out.resize(size);
  return out;
}

ChunkName name_of(std::uint8_t id, std::uint32_t index) {
  ChunkName name;
  name.body.fill(id);
  name.index = index;
  return name;
}

std::string encoded(const ChunkName& name, const std::string& payload, Coding coding) {
  const Chunk piece = Chunk::copy_of(payload);
  return encode_chunk(name, {&piece, 1}, coding);
}

void put(std::string& bytes, std::size_t offset, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i, value >>= 8U) {
    bytes[offset + i] = static_cast<char>(value & 0xFFU);
  }
}

void seal(std::string& bytes) {
  const std::size_t covered = bytes.size() - 8;
  put(bytes, covered, XXH3_64bits(bytes.data(), covered), 8);
}

}  // namespace

TEST_CASE("a chunk survives its encoding, plain and compressed, in any pieces") {
  Chance chance{1};
  for (int i = 0; i < 200; ++i) {
    const Coding coding = i % 2 == 0 ? Coding::Plain : Coding::Zstd;
    const std::string payload =
        i % 3 == 0 ? words(1 + below(chance, 5000)) : text(chance, 1 + below(chance, 5000));
    const std::size_t cut = below(chance, payload.size());
    const std::vector<Chunk> pieces{Chunk::copy_of(payload.substr(0, cut)),
                                    Chunk::copy_of(payload.substr(cut))};
    const ChunkName name = name_of(7, static_cast<std::uint32_t>(i));
    std::string bytes = encode_chunk(name, pieces, coding);
    CHECK(bytes.size() <= payload.size() + kChunkOverhead);
    const auto decoded = decode_chunk(std::move(bytes), name);
    REQUIRE(decoded.has_value());
    REQUIRE(decoded->view() == payload);
  }
}

TEST_CASE("compression is used where it pays") {
  const std::string easy = words(10'000);
  CHECK(encoded(name_of(1, 1), easy, Coding::Zstd).size() < 2'000);
  Chance chance{2};
  const std::string hard = text(chance, 10'000);
  CHECK(encoded(name_of(1, 1), hard, Coding::Zstd) == encoded(name_of(1, 1), hard, Coding::Plain));
}

TEST_CASE("the chunk of another body or another place is not taken for this one") {
  const std::string bytes = encoded(name_of(1, 1), "payload", Coding::Plain);
  CHECK(decode_chunk(bytes, name_of(1, 1)).has_value());
  CHECK(decode_chunk(bytes, name_of(1, 2)).has_error());
  CHECK(decode_chunk(bytes, name_of(2, 1)).has_error());
}

TEST_CASE("no mutation of a chunk gives wrong bytes (SEC-19)") {
  Chance chance{3};
  std::size_t refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Coding coding = i % 2 == 0 ? Coding::Plain : Coding::Zstd;
    const ChunkName name = name_of(9, 3);
    const std::string payload = words(200 + below(chance, 400));
    const std::string good = encoded(name, payload, coding);
    std::string bad = good;
    if (i % 3 == 0) {
      bad.resize(below(chance, bad.size() - 1));
    } else if (i % 3 == 1) {
      const std::size_t bit = below(chance, bad.size() * 8 - 1);
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    } else {
      const std::string other = encoded(name, words(300), coding);
      bad = good.substr(0, below(chance, good.size())) + other.substr(below(chance, other.size()));
    }
    const auto decoded = decode_chunk(bad, name);
    if (decoded.has_error()) ++refused;
    // Two halves of sound chunks can make one of the two again.
    if (decoded && (bad == good || decoded->view() == words(300))) ++refused;
  }
  CHECK(refused == 10'000);
}

TEST_CASE("a forger who knows the checksum gets no crash and no more than a chunk of memory") {
  Chance chance{4};
  const ChunkName name = name_of(9, 3);
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes = encoded(name, words(500), i % 2 == 0 ? Coding::Plain : Coding::Zstd);
    const std::size_t at = below(chance, bytes.size() - 9);
    bytes[at] = static_cast<char>(below(chance, 255));
    if (i % 3 == 0) put(bytes, 28, chance(), 4);
    seal(bytes);
    const auto decoded = decode_chunk(bytes, name);
    if (decoded) REQUIRE(decoded->size() <= kChunkBytes);
  }
}

TEST_CASE("chunks divide every body without gap and overlap") {
  Chance chance{5};
  std::vector<std::uint64_t> sizes{0,
                                   1,
                                   kInlineBody - 1,
                                   kInlineBody,
                                   kInlineBody + 1,
                                   kInlineBody + kChunkBytes,
                                   kInlineBody + kChunkBytes + 1,
                                   std::uint64_t{1} << 30U};
  for (int i = 0; i < 100; ++i) sizes.push_back(below(chance, 10'000'000));
  for (const std::uint64_t size : sizes) {
    std::uint64_t at = 0;
    for (std::uint64_t n = 0; n < chunk_count(size); ++n) {
      const ByteSpan span = chunk_span(n, size);
      REQUIRE(span.begin == at);
      REQUIRE_FALSE(span.empty());
      REQUIRE(chunk_of(span.begin) == n);
      REQUIRE(chunk_of(span.end - 1) == n);
      at = span.end;
    }
    REQUIRE(at == size);
    REQUIRE(chunk_span(chunk_count(size), size).empty());
  }
}

TEST_CASE("a range lies in exactly the chunks from its first byte's to its last byte's") {
  Chance chance{6};
  for (int i = 0; i < 2'000; ++i) {
    const std::uint64_t size = 1 + below(chance, 5'000'000);
    const std::uint64_t first = below(chance, size - 1);
    const std::uint64_t last = first + below(chance, size - 1 - first);
    std::uint64_t touched = 0;
    for (std::uint64_t n = 0; n < chunk_count(size); ++n) {
      const ByteSpan span = chunk_span(n, size);
      if (span.begin <= last && first < span.end) ++touched;
    }
    REQUIRE(touched == chunk_of(last) - chunk_of(first) + 1);
  }
}
