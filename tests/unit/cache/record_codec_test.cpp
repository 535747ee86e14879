#include "proxy/cache/record_codec.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <catch2/catch.hpp>

#include "tests/unit/cache/sample_records.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

namespace {

void put(std::string& bytes, std::size_t offset, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i, value >>= 8U) {
    bytes[offset + i] = static_cast<char>(value & 0xFFU);
  }
}

// What somebody who knows the format, but is not us, could write into Redis.
void seal(std::string& bytes) {
  const std::size_t covered = bytes.size() - 8;
  put(bytes, covered, XXH3_64bits(bytes.data(), covered), 8);
}

std::string flip_bit(Chance& chance, std::string bytes) {
  const std::size_t bit = below(chance, bytes.size() * 8 - 1);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  return bytes;
}

std::string cut(Chance& chance, std::string bytes) {
  bytes.resize(below(chance, bytes.size() - 1));
  return bytes;
}

std::string splice(Chance& chance, const std::string& a, const std::string& b) {
  return a.substr(0, below(chance, a.size())) + b.substr(below(chance, b.size()));
}

}  // namespace

TEST_CASE("a record survives its encoding") {
  Chance chance{1};
  for (int i = 0; i < 500; ++i) {
    const auto record = random_record(chance);
    const auto decoded = decode(encode(*record));
    REQUIRE(decoded.has_value());
    REQUIRE(equal(*record, **decoded));
  }
}

TEST_CASE("the places that scripts look at are fixed") {
  Draft record;
  for (std::size_t i = 0; i < record.id.size(); ++i) {
    record.id[i] = static_cast<std::uint8_t>(i + 200);
  }
  const std::string bytes = encode(*Record::make(record));
  CHECK(bytes.size() == kRecordOverhead);
  CHECK(bytes.starts_with(kRecordPrefix));
  CHECK(bytes.substr(kEntityIdOffset, 16) == std::string(record.id.begin(), record.id.end()));
}

TEST_CASE("no mutation of a record is taken for a record (SEC-19)") {
  Chance chance{2};
  std::size_t refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string good = encode(*random_record(chance));
    std::string bad;
    switch (i % 3) {
      case 0:
        bad = flip_bit(chance, good);
        break;
      case 1:
        bad = cut(chance, good);
        break;
      default:
        bad = splice(chance, good, encode(*random_record(chance)));
    }
    if (bad != good && !decode(bad)) ++refused;
    if (bad == good) ++refused;
  }
  CHECK(refused == 10'000);
}

TEST_CASE("a forger who knows the checksum gets no crash and no more memory than he sent") {
  Chance chance{3};
  std::size_t accepted = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes = flip_bit(chance, encode(*random_record(chance)));
    if (i % 2 == 0) put(bytes, 104 + 4 * below(chance, 5), chance(), 4);
    seal(bytes);
    const auto decoded = decode(bytes);
    if (!decoded) continue;
    ++accepted;
    // What passes is a record in its own right: it has one encoding, the one that was given.
    REQUIRE(encode(**decoded) == bytes);
  }
  CHECK(accepted > 0);
  CHECK(accepted < 10'000);
}

TEST_CASE("lengths and values that cannot be are refused, checksum or not (SEC-19, SEC-26)") {
  struct Row {
    const char* what;
    std::size_t offset;
    std::uint64_t value;
    std::size_t width;
  };
  const auto row = GENERATE(
      Row{"another magic", 0, 'X', 1}, Row{"another version", 4, 1, 2},
      Row{"unknown kind", 6, 3, 1}, Row{"unknown flag", 7, 8, 1},
      Row{"key of 512 MB", 52, 536'870'912, 4},
      Row{"born in the far future", 56, std::uint64_t{1} << 62U, 8},
      Row{"lifetime without end", 72, INT64_MAX, 8},
      Row{"grace before time", 96, UINT64_MAX / 2, 8}, Row{"variant of 4 GB", 104, UINT32_MAX, 4},
      Row{"list of 4 GB", 108, UINT32_MAX, 4}, Row{"tags of 1 byte", 112, 1, 4},
      Row{"head of 4 GB", 116, UINT32_MAX, 4}, Row{"body of 16 EB", 120, UINT64_MAX, 8},
      Row{"body of one more", 120, 101, 8}, Row{"body of one less", 120, 99, 8},
      Row{"less of the body in here", 128, 99, 8}, Row{"in chunks, but too small", 136, 1, 1});
  INFO(row.what);
  std::string bytes = encode(*response("key", 100));
  REQUIRE(decode(bytes).has_value());
  put(bytes, row.offset, row.value, row.width);
  seal(bytes);
  const auto decoded = decode(bytes);
  REQUIRE(decoded.has_error());
  CHECK(decoded.error().code == ErrorCode::Malformed);
  CHECK(decoded.error().side == Side::Store);
}

TEST_CASE("a list of a million empty names is refused: it would take eight times its length") {
  Draft record = response_draft("key", 0);
  record.tags.assign(1'000'000, "");
  CHECK(decode(encode(*Record::make(record))).has_error());
}

TEST_CASE("a large body is shared with the bytes that it came in, a small one is copied") {
  std::string large = encode(*response("key", 100'000));
  const char* const begin = large.data();
  const char* const end = begin + large.size();
  const auto shared = decode(std::move(large));
  REQUIRE(shared.has_value());
  const char* const body = (*shared)->body()[0].data();
  CHECK((begin <= body && body < end));

  std::string small = encode(*response("key", 100));
  const auto copied = decode(std::move(small));
  REQUIRE(copied.has_value());
  CHECK((*copied)->footprint() < sizeof(Record) + 100 + 300);
}
