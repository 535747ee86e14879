#include "proxy/cache/record.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "proxy/base/ascii.hpp"

namespace wf::cache {
namespace {

// What glibc takes for a block: eight bytes of its own, rounded up to sixteen, 32 at least.
constexpr std::size_t heap_block(std::size_t bytes) noexcept {
  const std::size_t block = (bytes + 8 + 15) & ~std::size_t{15};
  return block < 32 ? 32 : block;
}

constexpr std::size_t kSharedControl = 24;  // reference counts, table pointer, length of an array

std::uint32_t size32(std::string_view text) {
  if (text.size() > UINT32_MAX) throw std::bad_alloc{};
  return static_cast<std::uint32_t>(text.size());
}

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

// What is not inlaid is copied too, into one piece of its exact size: what was read may lie in
// blocks that are larger than what they show, which no footprint could tell. Beyond this the copy
// would hold the loop up.
constexpr std::size_t kLargestPiece = std::size_t{1} << 20U;

std::vector<Chunk> in_one_piece(std::vector<Chunk> body) {
  const std::size_t size = BodyView{body}.size();
  if (body.size() < 2 || size > kLargestPiece) return body;
  auto owner = std::make_shared_for_overwrite<char[]>(size);
  std::size_t at = 0;
  for (const Chunk& chunk : body) {
    std::memcpy(owner.get() + at, chunk.view().data(), chunk.size());
    at += chunk.size();
  }
  const std::string_view view{owner.get(), size};
  return {Chunk{std::move(owner), view}};
}

std::size_t heap_of(const std::vector<Chunk>& chunks) noexcept {
  if (chunks.capacity() == 0) return 0;
  std::size_t sum = heap_block(chunks.capacity() * sizeof(Chunk));
  for (const Chunk& chunk : chunks) sum += heap_block(chunk.size() + kSharedControl);
  return sum;
}

}  // namespace

const Record::More Record::kNoMore{};

Record::Record(Parts& parts)
    : key_size_(size32(parts.key)),
      variant_size_(size32(parts.variant)),
      head_size_(size32(parts.head)),
      inlaid_size_(static_cast<std::uint32_t>(parts.inlaid.size())),
      kind(parts.kind),
      id(parts.id),
      as_of(parts.as_of),
      facts(parts.facts),
      body_size(parts.body_size) {
  const bool usual = parts.vary.empty() && parts.tags.empty() && parts.chunks.empty() &&
                     parts.body_id == EntityId{};
  if (!usual) {
    more_ = std::make_unique<const More>(
        More{std::move(parts.vary), std::move(parts.tags), std::move(parts.chunks), parts.body_id});
  }
  char* at = const_cast<char*>(texts());
  const auto put = [&at](std::string_view text) {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    at += text.size();
  };
  for (const std::string_view text : {parts.key, parts.variant, parts.head}) put(text);
  for (std::size_t i = 0; i < parts.inlaid.pieces(); ++i) put(parts.inlaid[i]);
}

RecordPtr Record::make(Parts parts) {
  const std::size_t texts =
      parts.key.size() + parts.variant.size() + parts.head.size() + parts.inlaid.size();
  void* const block = ::operator new(sizeof(Record) + texts);
  try {
    return RecordPtr{::new (block) Record{parts}};
  } catch (...) {
    ::operator delete(block);
    throw;
  }
}

void Record::dispose(const Record* record) noexcept {
  void* const block = const_cast<Record*>(record);
  record->~Record();
  ::operator delete(block);
}

RecordPtr Record::make(Draft draft) {
  std::vector<Chunk> body = std::move(draft.body);
  Parts parts{draft.kind,
              draft.key,
              draft.variant,
              draft.head,
              draft.id,
              draft.as_of,
              draft.facts,
              std::move(draft.vary),
              std::move(draft.tags),
              {},
              {},
              draft.body_size,
              draft.body_id};
  if (draft.body_size <= kLargestInlaid && BodyView{body}.size() == draft.body_size) {
    parts.inlaid = BodyView{body};
  } else {
    parts.chunks = in_one_piece(std::move(body));
  }
  return make(std::move(parts));
}

Chunk Record::piece(std::size_t index) const {
  if (inlaid_size_ == 0) return more().chunks[index];
  const std::string_view view = body()[0];
  const auto keep = [record = RecordPtr{this}](const char*) {};
  return {std::shared_ptr<const char[]>{view.data(), keep}, view};
}

std::size_t Record::footprint() const noexcept {
  const std::size_t block = heap_block(sizeof(Record) + texts_size() + inlaid_size_);
  if (!more_) return block;
  return block + heap_block(sizeof(More)) + heap_of(more_->vary) + heap_of(more_->tags) +
         heap_of(more_->chunks);
}

std::string slot_text(std::string_view key, std::string_view variant) {
  std::string text;
  text.reserve(key.size() + variant.size());
  return text.append(key).append(variant);
}

bool is_slot_text(std::string_view text, const Record& record) noexcept {
  return text == record.slot();
}

std::vector<Field> head_fields(std::string_view head) {
  std::vector<Field> fields;
  std::string_view rest = head;
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

std::vector<Chunk> slices(const Record& record, ByteSpan span) {
  const BodyView body = record.body();
  std::vector<Chunk> out;
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < body.pieces(); ++i) {
    const std::uint64_t from = std::max(span.begin, at);
    const std::uint64_t until = std::min(span.end, at + body[i].size());
    if (from < until) out.push_back(record.piece(i).slice(from - at, until - from));
    at += body[i].size();
  }
  return out;
}

std::vector<Chunk> chunks_of(const Record& record) { return slices(record, {0, UINT64_MAX}); }

Draft draft_without_body(const Record& record) {
  Draft draft;
  draft.kind = record.kind;
  draft.key = record.key();
  draft.variant = record.variant();
  draft.id = record.id;
  draft.as_of = record.as_of;
  draft.facts = record.facts;
  draft.vary = record.vary();
  draft.tags = record.tags();
  return draft;
}

RecordPtr with_rest(const Record& record, std::vector<Chunk> rest) {
  Draft whole = draft_without_body(record);
  whole.head = record.head();
  whole.body = chunks_of(record);
  for (Chunk& chunk : rest) whole.body.push_back(std::move(chunk));
  whole.body_size = record.body_size;
  whole.body_id = record.body_id();
  return Record::make(std::move(whole));
}

bool is_whole(const Record& record) noexcept { return record.body().size() == record.body_size; }

bool is_whole(const Draft& draft) noexcept {
  return BodyView{draft.body}.size() == draft.body_size;
}

}  // namespace wf::cache
