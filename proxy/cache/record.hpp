// What is stored: immutable once made, shared by reference between tiers, fills and answers.
#pragma once

#include <array>
#include <atomic>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "proxy/base/chunk.hpp"
#include "proxy/base/fields.hpp"
#include "proxy/cache/chunk_map.hpp"
#include "proxy/policy/facts.hpp"

namespace wf::cache {

/// A purge's place in the purge log: a Redis Stream ID.
struct Sequence {
  std::uint64_t ms = 0;
  std::uint64_t n = 0;
  auto operator<=>(const Sequence&) const = default;
};

/// Identity of log, index and nodes; compared for equality only, never for order. 0: none yet.
struct Birth {
  std::uint64_t value = 0;
  bool operator==(const Birth&) const = default;
};

/// Birth and sequence that a proxy had applied when a fill began (design §7).
struct Stamp {
  Birth birth;
  Sequence sequence;
  bool operator==(const Stamp&) const = default;
};

/// Random identity of one stored entity; an overwrite has another one.
using EntityId = std::array<std::uint8_t, 16>;

enum class RecordKind : std::uint8_t {
  Response,     ///< a stored response
  VaryIndex,    ///< no response: the Vary field names of the resource's variants
  Uncacheable,  ///< hit-for-miss: requests for this key go to the origin in parallel
};

/// What a record is made of, while it is being made. The head is ready to send:
/// "HTTP/1.1 200 OK\r\nName: value\r\n…Content-Length: n\r\n", without the empty line and without
/// Age, Cache-Status and Connection, which differ from hit to hit.
struct Draft {
  RecordKind kind = RecordKind::Response;
  std::string key;      ///< canonical tuple of the resource, compared on every hit
  std::string variant;  ///< canonical text of the selected request fields; empty without Vary
  EntityId id{};
  Stamp as_of;
  policy::StoredFacts facts;      ///< of a VaryIndex or Uncacheable: born and lifetime only
  std::vector<std::string> vary;  ///< VaryIndex: names, lower-case, sorted
  std::vector<std::string> tags;
  std::string head;
  std::vector<Chunk> body;      ///< in memory: all of it, or the first kInlineBody bytes
  std::uint64_t body_size = 0;  ///< of all of it; kUnknownSize while it arrives without a length
  /// Not zero: what `body` does not hold, or all from chunk 1 on, lies in Redis under this id.
  EntityId body_id{};
};

class Record;
/// Counted in the record itself, so a plain reference to one can be made a pointer that keeps it.
using RecordPtr = boost::intrusive_ptr<const Record>;

/// A Draft that is finished: immutable but for `checked`, and one block of memory. Its texts, and a
/// body that is whole and small, lie behind these members in the order key, variant, head, body;
/// what few records have lies in another block.
class Record {
 public:
  /// A whole body of up to so many bytes is copied into the record: one buffer per hit, and no
  /// slack of the reads.
  static constexpr std::size_t kLargestInlaid = 65536;

  /// Never null; throws std::bad_alloc alone.
  [[nodiscard]] static RecordPtr make(Draft draft);

  /// What a record is made of where the texts need not be strings. `inlaid` is copied.
  struct Parts {
    RecordKind kind = RecordKind::Response;
    std::string_view key{}, variant{}, head{};
    EntityId id{};
    Stamp as_of{};
    policy::StoredFacts facts{};
    std::vector<std::string> vary{}, tags{};
    BodyView inlaid{};
    std::vector<Chunk> chunks{};  ///< empty if there is something inlaid
    std::uint64_t body_size = 0;
    EntityId body_id{};
  };
  [[nodiscard]] static RecordPtr make(Parts parts);

  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  [[nodiscard]] std::string_view key() const noexcept { return {texts(), key_size_}; }
  [[nodiscard]] std::string_view variant() const noexcept {
    return {texts() + key_size_, variant_size_};
  }
  /// Key and variant, one after the other: see `slot_text`.
  [[nodiscard]] std::string_view slot() const noexcept {
    return {texts(), std::size_t{key_size_} + variant_size_};
  }
  [[nodiscard]] std::string_view head() const noexcept {
    return {texts() + key_size_ + variant_size_, head_size_};
  }
  [[nodiscard]] const std::vector<std::string>& vary() const noexcept { return more().vary; }
  [[nodiscard]] const std::vector<std::string>& tags() const noexcept { return more().tags; }
  [[nodiscard]] const EntityId& body_id() const noexcept { return more().body_id; }
  /// What memory has of the body. Valid as long as the record; `slices` is for what outlives it.
  [[nodiscard]] BodyView body() const noexcept {
    if (inlaid_size_ > 0) return BodyView{std::string_view{texts() + texts_size(), inlaid_size_}};
    return BodyView{more().chunks};
  }
  /// One piece of `body()`, kept alive by what it lies in.
  [[nodiscard]] Chunk piece(std::size_t index) const;
  /// How many pointers keep it; another thread may have changed that already.
  [[nodiscard]] std::uint32_t references() const noexcept {
    return references_.load(std::memory_order_relaxed);
  }
  /// Bytes of memory that it takes: heads, bodies, strings and what the allocator adds.
  [[nodiscard]] std::size_t footprint() const noexcept;

 private:
  struct More {
    std::vector<std::string> vary, tags;
    std::vector<Chunk> chunks;
    EntityId body_id{};
  };

  explicit Record(Parts& parts);
  ~Record() = default;
  [[nodiscard]] const char* texts() const noexcept {
    return reinterpret_cast<const char*>(this + 1);  // the block goes on behind the members
  }
  [[nodiscard]] std::size_t texts_size() const noexcept { return slot().size() + head_size_; }
  [[nodiscard]] const More& more() const noexcept { return more_ ? *more_ : kNoMore; }
  static const More kNoMore;

  // A new reference needs no order: whoever makes it has one. The last to let go must see all that
  // others did before they let go.
  friend void intrusive_ptr_add_ref(const Record* record) noexcept {
    record->references_.fetch_add(1, std::memory_order_relaxed);
  }
  friend void intrusive_ptr_release(const Record* record) noexcept {
    if (record->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) dispose(record);
  }
  static void dispose(const Record* record) noexcept;

  mutable std::atomic<std::uint32_t> references_{0};
  std::uint32_t key_size_, variant_size_, head_size_, inlaid_size_;

 public:
  const RecordKind kind;
  const EntityId id;
  const Stamp as_of;
  const policy::StoredFacts facts;
  const std::uint64_t body_size;
  /// The purge table's version up to which this record was found valid: spares the usual hit the
  /// look-up of its selectors. Not part of the record's value; 0: never checked.
  mutable std::atomic<std::uint64_t> checked{0};

 private:
  std::unique_ptr<const More> more_;  // null: nothing of it
};

/// What a record is looked up by: the resource's canonical text, then the variant's. Both are
/// length-prefixed tuples (design §4), so no key is a prefix of another and the sum is unambiguous.
[[nodiscard]] std::string slot_text(std::string_view key, std::string_view variant);
/// Whether `text` is the record's slot text. Never allocates.
[[nodiscard]] bool is_slot_text(std::string_view text, const Record& record) noexcept;

/// The fields of a stored head, as views into it.
[[nodiscard]] std::vector<Field> head_fields(std::string_view head);
[[nodiscard]] inline std::vector<Field> head_fields(const Record& record) {
  return head_fields(record.head());
}

/// The bytes [begin, end) of a body, as far as they are in memory; none of them is copied, and they
/// keep alive what they lie in.
[[nodiscard]] std::vector<Chunk> slices(const Record& record, ByteSpan span);
/// All that memory has of a body.
[[nodiscard]] std::vector<Chunk> chunks_of(const Record& record);

/// To make another record of this one: everything but `head` and the body.
[[nodiscard]] Draft draft_without_body(const Record& record);

/// The record with the rest of its body in memory as well.
[[nodiscard]] RecordPtr with_rest(const Record& record, std::vector<Chunk> rest);

/// Whether the whole body is in memory.
[[nodiscard]] bool is_whole(const Record& record) noexcept;
[[nodiscard]] bool is_whole(const Draft& draft) noexcept;

}  // namespace wf::cache
