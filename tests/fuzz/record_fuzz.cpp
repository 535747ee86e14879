// Records and body chunks as they lie in Redis: what was written comes back, and nothing else is
// taken for it.
#include "proxy/cache/record_codec.hpp"

#include <memory>
#include <utility>

#include "proxy/cache/chunk_codec.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

std::vector<std::string> list(fuzz::Choices& choices) {
  std::vector<std::string> out;
  for (std::size_t left = choices.up_to(4); left > 0; --left) out.emplace_back(choices.text(40));
  return out;
}

Millis time(fuzz::Choices& choices) { return Millis{choices.up_to(60000) * 1000}; }

template <std::size_t N>
std::array<std::uint8_t, N> id(fuzz::Choices& choices) {
  std::array<std::uint8_t, N> out{};
  for (auto& byte : out) byte = static_cast<std::uint8_t>(choices.up_to(255));
  return out;
}

cache::RecordPtr record(fuzz::Choices& choices) {
  cache::Draft out;
  out.kind = static_cast<cache::RecordKind>(choices.up_to(2));
  out.key = choices.text(200);
  out.variant = choices.text(60);
  out.id = id<16>(choices);
  out.as_of = {{choices.up_to(60000)}, {choices.up_to(60000), choices.up_to(1000)}};
  out.facts.status = static_cast<unsigned>(100 + choices.up_to(499));
  out.facts.born = UnixTime{time(choices)};
  out.facts.lifetime = time(choices);
  out.facts.grace = time(choices);
  out.vary = list(choices);
  out.tags = list(choices);
  out.head = choices.text(300);
  for (std::size_t left = choices.up_to(3); left > 0; --left) {
    const std::string_view piece = choices.text(500);
    if (!piece.empty()) out.body.push_back(Chunk::copy_of(piece));
    out.body_size += piece.size();
  }
  return cache::Record::make(std::move(out));
}

/// Changes that somebody might make to a value: bits, the end, pieces of another place.
std::string mutated(std::string bytes, fuzz::Choices& choices) {
  for (std::size_t left = 1 + choices.up_to(3); left > 0 && !bytes.empty(); --left) {
    const std::size_t at = choices.up_to(65535) % bytes.size();
    switch (choices.up_to(3)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << choices.up_to(7)));
        break;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        bytes.insert(at, choices.text(30));
        break;
      default:
        bytes.replace(at, std::min<std::size_t>(8, bytes.size() - at), "\xff\xff\xff\xff\0\0\0", 7);
    }
  }
  return bytes;
}

/// A record that is taken is one that would be written just like that.
void check_taken(const std::string& bytes) {
  const auto decoded = cache::decode(bytes);
  if (decoded) promise(cache::encode(**decoded) == bytes, "one record, one encoding");
}

void check_record(fuzz::Choices& choices) {
  const auto made = record(choices);
  const std::string bytes = cache::encode(*made);
  const auto back = cache::decode(bytes);
  if (back) {
    promise((*back)->slot() == made->slot() && (*back)->key() == made->key(), "the same key");
    promise((*back)->tags() == made->tags() && (*back)->vary() == made->vary(), "the same lists");
    promise((*back)->head() == made->head() && (*back)->body_size == made->body_size,
            "the same answer");
    promise((*back)->facts.lifetime == made->facts.lifetime, "the same times");
    promise(cache::encode(**back) == bytes, "the same bytes");
  }
  const std::string other = mutated(bytes, choices);
  if (other != bytes) promise(!cache::decode(other), "a mutation is no record");
}

void check_chunk(fuzz::Choices& choices) {
  const cache::ChunkName name{id<16>(choices), static_cast<std::uint32_t>(choices.up_to(1000))};
  const auto coding = choices.coin() ? cache::Coding::Zstd : cache::Coding::Plain;
  std::string text{choices.text(600)};
  // What compresses well, too.
  if (choices.coin()) text.append(choices.up_to(5000), 'x');
  const Chunk piece = Chunk::copy_of(text);
  const std::string bytes = cache::encode_chunk(name, {&piece, 1}, coding);
  const auto back = cache::decode_chunk(bytes, name);
  // A body has no empty chunk.
  promise(back.has_value() == !text.empty(), "a chunk, unless it is empty");
  if (back) promise(back->view() == text, "the same chunk");
  cache::ChunkName wrong = name;
  ++wrong.index;
  promise(!cache::decode_chunk(bytes, wrong), "only the chunk that was asked for");
  const std::string other = mutated(bytes, choices);
  if (other != bytes) promise(!cache::decode_chunk(other, name), "a mutation is no chunk");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes{fuzz::as_text(data, size)};
  check_taken(bytes);
  static_cast<void>(cache::decode_chunk(bytes, {}));
  fuzz::Choices choices{bytes};
  if (choices.coin()) {
    check_record(choices);
  } else {
    check_chunk(choices);
  }
  return 0;
}
