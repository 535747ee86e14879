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

/// Immutable but for `checked`. The head is ready to send:
/// "HTTP/1.1 200 OK\r\nName: value\r\n…Content-Length: n\r\n", without the empty line and without
/// Age, Cache-Status and Connection, which differ from hit to hit.
struct Record {
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

  /// The purge table's version up to which this record was found valid: spares the usual hit the
  /// look-up of its selectors. Not part of the record's value; 0: never checked.
  mutable std::atomic<std::uint64_t> checked{0};
};
using RecordPtr = std::shared_ptr<const Record>;

/// What a record is looked up by: the resource's canonical text, then the variant's. Both are
/// length-prefixed tuples (design §4), so no key is a prefix of another and the sum is unambiguous.
[[nodiscard]] std::string slot_text(std::string_view key, std::string_view variant);
/// Whether `text` is the record's slot text. Never allocates.
[[nodiscard]] bool is_slot_text(std::string_view text, const Record& record) noexcept;

/// The fields of a stored head, as views into it.
[[nodiscard]] std::vector<Field> head_fields(const Record& record);

/// The bytes [begin, end) of a body that is in memory, none of them copied.
[[nodiscard]] std::vector<Chunk> slices(const std::vector<Chunk>& body, ByteSpan span);

/// The record with the rest of its body in memory as well.
[[nodiscard]] std::shared_ptr<const Record> with_rest(const Record& record,
                                                      std::vector<Chunk> rest);

/// Whether the whole body is in memory.
[[nodiscard]] bool is_whole(const Record& record) noexcept;

/// Bytes of memory that a record takes: heads, bodies, strings and what the allocator adds.
[[nodiscard]] std::size_t footprint(const Record& record) noexcept;

}  // namespace wf::cache
