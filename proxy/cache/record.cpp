#include "proxy/cache/record.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"

namespace wf::cache {
namespace {

// What glibc takes for a block: eight bytes of its own, rounded up to sixteen, 32 at least.
constexpr std::size_t heap_block(std::size_t bytes) noexcept {
  const std::size_t block = (bytes + 8 + 15) & ~std::size_t{15};
  return block < 32 ? 32 : block;
}

constexpr std::size_t kSharedControl = 24;  // reference counts, table pointer, length of an array

std::size_t heap_of(const std::string& text) noexcept {
  const std::size_t in_place = std::string{}.capacity();
  return text.capacity() > in_place ? heap_block(text.capacity() + 1) : 0;
}

std::size_t heap_of(const std::vector<std::string>& texts) noexcept {
  if (texts.capacity() == 0) return 0;
  std::size_t sum = heap_block(texts.capacity() * sizeof(std::string));
  for (const std::string& text : texts) sum += heap_of(text);
  return sum;
}

std::size_t heap_of(const std::vector<Chunk>& chunks) noexcept {
  if (chunks.capacity() == 0) return 0;
  std::size_t sum = heap_block(chunks.capacity() * sizeof(Chunk));
  for (const Chunk& chunk : chunks) sum += heap_block(chunk.size() + kSharedControl);
  return sum;
}

}  // namespace

std::string slot_text(std::string_view key, std::string_view variant) {
  std::string text;
  text.reserve(key.size() + variant.size());
  return text.append(key).append(variant);
}

bool is_slot_text(std::string_view text, const Record& record) noexcept {
  return text.size() == record.key.size() + record.variant.size() && text.starts_with(record.key) &&
         text.ends_with(record.variant);
}

std::vector<Field> head_fields(const Record& record) {
  std::vector<Field> fields;
  std::string_view rest = record.head;
  bool status_line = true;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    const std::size_t colon = line.find(':');
    if (!status_line && colon != std::string_view::npos) {
      fields.push_back({line.substr(0, colon), ascii::trim(line.substr(colon + 1))});
    }
    status_line = false;
  }
  return fields;
}

std::vector<Chunk> slices(const std::vector<Chunk>& body, ByteSpan span) {
  std::vector<Chunk> out;
  std::uint64_t at = 0;
  for (const Chunk& chunk : body) {
    const std::uint64_t from = std::max(span.begin, at);
    const std::uint64_t until = std::min(span.end, at + chunk.size());
    if (from < until) out.push_back(chunk.slice(from - at, until - from));
    at += chunk.size();
  }
  return out;
}

std::shared_ptr<const Record> with_rest(const Record& record, std::vector<Chunk> rest) {
  auto whole = std::make_shared<Record>();
  whole->kind = record.kind;
  whole->key = record.key;
  whole->variant = record.variant;
  whole->id = record.id;
  whole->as_of = record.as_of;
  whole->facts = record.facts;
  whole->vary = record.vary;
  whole->tags = record.tags;
  whole->head = record.head;
  whole->body = record.body;
  for (Chunk& chunk : rest) whole->body.push_back(std::move(chunk));
  whole->body_size = record.body_size;
  whole->body_id = record.body_id;
  return whole;
}

bool is_whole(const Record& record) noexcept {
  std::uint64_t held = 0;
  for (const Chunk& chunk : record.body) held += chunk.size();
  return held == record.body_size;
}

std::size_t footprint(const Record& record) noexcept {
  return heap_block(sizeof(Record) + kSharedControl) + heap_of(record.key) +
         heap_of(record.variant) + heap_of(record.vary) + heap_of(record.tags) +
         heap_of(record.head) + heap_of(record.body);
}

}  // namespace wf::cache
