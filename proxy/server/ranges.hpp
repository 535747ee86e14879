// 206 and 416 from a stored response (RFC 9110 §14, §15.3.7, §15.5.17).
#pragma once

#include <string>
#include <vector>

#include "proxy/base/chunk.hpp"
#include "proxy/base/fields.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/policy/partial.hpp"

namespace wf::server {

struct RangeAnswer {
  std::string head;         ///< with Content-Length, without the empty line
  std::vector<Chunk> body;  ///< slices of the record's body: no byte is copied
};

/// `ranges` are those of policy::ranges_within for this record, and `outcome` is not Ignore.
/// Several ranges become multipart/byteranges.
[[nodiscard]] RangeAnswer make_range_answer(const cache::Record& record, FieldSpan stored,
                                            const policy::RangeDecision& ranges);

}  // namespace wf::server
