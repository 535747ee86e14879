// A record as bytes, for Redis. Whatever does not verify is an error, and to the caller a miss.
//
// Little-endian, fixed widths, nothing optional:
//     0  magic (4)            version (2)          kind (1)             flags (1)
//     8  entity id (16)                            scripts compare it in place: GETRANGE 8 23
//    24  birth, sequence ms, sequence n (8 each)
//    48  status (4)           length of the key (4)
//    56  born, initial age, lifetime, stale-while-revalidate, stale-if-error, grace (8 each, ms)
//   104  lengths of variant, vary list, tag list, head (4 each)
//   120  length of the body (8)          how many bytes of it are in here (8)
//   136  id of the body in chunks (16)   zeros: it is all in here
//   152  key, variant, vary list, tag list, head, body; a list is (length (4), text) each
//   end  XXH3-64 over everything before it (8)
#pragma once

#include <string>

#include "proxy/base/error.hpp"
#include "proxy/cache/record.hpp"

namespace wf::cache {

/// Magic and version: the first bytes of every value that `decode` may accept.
inline constexpr std::string_view kRecordPrefix{"\x89WFR\x02\x00", 6};
inline constexpr std::size_t kEntityIdOffset = 8;
/// Bytes of an encoded record that are neither text nor body.
inline constexpr std::size_t kRecordOverhead = 160;

/// Everything of the record but `checked`, and of a body in chunks the first one at most.
[[nodiscard]] std::string encode(const Record& record);
/// The same under another `body_id`.
[[nodiscard]] std::string encode(const Record& record, const EntityId& body_id);

/// Malformed (Side::Store) for bytes that `encode` did not make; never allocates more than a small
/// multiple of what was given. A body that makes up most of `bytes` is not copied: it keeps them
/// alive. A small one is, so that no record pins its encoding for the sake of a few bytes.
[[nodiscard]] Result<RecordPtr> decode(std::string bytes);
/// The same; `bytes` is empty afterwards where the record keeps them, and else as it was.
[[nodiscard]] Result<RecordPtr> decode_from(std::string& bytes);

}  // namespace wf::cache
