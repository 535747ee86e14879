// Byte ranges of a complete stored response (RFC 9110 §14).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/fields.hpp"

namespace wf::policy {

/// More ranges than this in one request are ignored (FRONT SEC-22).
inline constexpr std::size_t kMaxRanges = 8;

/// Both ends included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeOutcome : std::uint8_t {
  Ignore,         ///< no Range, not bytes, malformed, or abusive: the whole, 200
  Satisfiable,    ///< 206 with these ranges
  Unsatisfiable,  ///< 416
};

struct RangeDecision {
  RangeOutcome outcome = RangeOutcome::Ignore;
  std::vector<ByteRange> ranges;  ///< in the order asked for; not empty iff Satisfiable
};

/// What the request's Range asks of a representation of `length` bytes. Specs that lie outside are
/// left out as long as one lies inside; ranges that overlap make the whole field ignored (§14.2).
/// If-Range is judged apart. For GET and a stored 200 only.
[[nodiscard]] RangeDecision resolve_range(FieldSpan request, std::uint64_t length);

/// Whether Range may be used: no If-Range, or one that names the stored response by its strong ETag
/// or by exactly its Last-Modified, if that is strong (§13.1.5).
[[nodiscard]] bool if_range_holds(FieldSpan request, FieldSpan stored) noexcept;

/// "bytes 0-4/10", or "bytes 0-4/*" where the length is not known.
void append_content_range(ByteRange range, std::optional<std::uint64_t> length, std::string& out);
/// "bytes */10", for a 416.
void append_unsatisfied_range(std::uint64_t length, std::string& out);

/// Content-Range of a 206 (§14.4).
struct ContentRange {
  ByteRange range;
  std::optional<std::uint64_t> length;  ///< of the whole; absent for "*"
  bool operator==(const ContentRange&) const = default;
};
/// Nothing for another unit, for "bytes */n" and for what contradicts itself.
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view text) noexcept;

}  // namespace wf::policy
