// 206 and 416 from a stored response (RFC 9110 §14, §15.3.7, §15.5.17).
#pragma once

#include <string>
#include <vector>

#include "proxy/base/chunk.hpp"
#include "proxy/base/fields.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/policy/partial.hpp"

namespace wf::server {

/// A piece of the answer's body: a text of its own, or bytes of the record's body.
struct RangePart {
  Chunk text{};
  cache::ByteSpan span{};
};

struct RangeAnswer {
  std::string head;  ///< with Content-Length, without the empty line
  std::vector<RangePart> body;
};

/// The body of the answer from a record that is whole in memory: no byte is copied.
[[nodiscard]] std::vector<Chunk> slices(const cache::Record& record, const RangeAnswer& answer);

/// `ranges` are those of policy::ranges_within for this record, and `outcome` is not Ignore.
/// Several ranges become multipart/byteranges.
[[nodiscard]] RangeAnswer make_range_answer(const cache::Record& record, FieldSpan stored,
                                            const policy::RangeDecision& ranges);

}  // namespace wf::server
