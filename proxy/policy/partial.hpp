// Parts of a representation: 206 stored, used, completed and combined (RFC 9110 §14.4, §15.3.7;
// RFC 9111 §3.3, §3.4).
#pragma once

#include <cstdint>
#include <optional>

#include "proxy/base/fields.hpp"
#include "proxy/policy/range.hpp"

namespace wf::policy {

/// One run of octets of a representation. A stored response has a Content-Range iff it is a part.
struct Extent {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
  /// Of the whole. Absent: not known, but the last octet of this run is its last one.
  std::optional<std::uint64_t> length;

  [[nodiscard]] std::uint64_t end() const noexcept { return first + size; }
  [[nodiscard]] bool is_whole() const noexcept { return first == 0 && length == size; }
  [[nodiscard]] bool reaches_end() const noexcept { return !length || end() == *length; }
  bool operator==(const Extent&) const = default;
};

[[nodiscard]] constexpr Extent whole_extent(std::uint64_t size) noexcept { return {0, size, size}; }

/// What a 206 has brought: `size` octets of content, under these fields. Nothing: it is not stored.
///
/// Not stored are several parts in one (multipart/byteranges), an unknown complete-length, and a
/// Content-Range that contradicts the content. One contradiction is borne: a content that ends
/// before last-pos, where the range reaches the end of the representation and there is no
/// validator. Such a part can be combined with nothing (§15.3.7.3), its octets begin at first-pos,
/// its last is the representation's last, and the complete length is not repeated to anybody.
[[nodiscard]] std::optional<Extent> extent_of_part(FieldSpan response, std::uint64_t size) noexcept;

/// The extent of a stored response: from its own Content-Range if it is a 206, else all of it.
[[nodiscard]] Extent stored_extent(unsigned status, FieldSpan stored, std::uint64_t size) noexcept;

/// "bytes 0-4/10", or "bytes 0-4/*" where the length is not known. Not for empty extents.
void append_content_range(const Extent& extent, std::string& out);

/// What Range (and If-Range) ask of a stored response, and whether it holds all of that. Of a whole
/// one as resolve_range says; a part only answers ranges that lie wholly within it (RFC 9111 §3.3),
/// and else this is Ignore: the stored part is of no use for the request.
[[nodiscard]] RangeDecision ranges_within(const Extent& held, FieldSpan request, FieldSpan stored);

/// Range, and If-Range if the part has a strong validator, that ask for what is missing of the
/// whole; empty if no single range does. Without a strong validator only an answer of 200 is of
/// use: nothing forbids to ask (§14.2), but to combine.
[[nodiscard]] OwnedFields completion_fields(const Extent& held, FieldSpan stored);

/// What the answer to a request for the rest is good for.
enum class RestAnswer : std::uint8_t {
  Completes,  ///< with what is held it is the whole
  Instead,    ///< a final answer of another kind, such as the whole
  Useless,    ///< a part that cannot be combined, or 416: ask for the whole
};
[[nodiscard]] RestAnswer judge_rest(const Extent& held, FieldSpan stored, unsigned status,
                                    FieldSpan response) noexcept;

/// Whether both are of one representation: they have a strong validator in common (§15.3.7.3).
[[nodiscard]] bool may_combine(FieldSpan stored, FieldSpan response) noexcept;

/// The run that both make; nothing if their lengths differ, or octets between them are missing.
[[nodiscard]] std::optional<Extent> combined_extent(const Extent& a, const Extent& b) noexcept;

/// The fields of the combined response: those of the new one replace the stored ones, but for
/// Content-Range, which neither gives it (RFC 9111 §3.4).
[[nodiscard]] OwnedFields combined_fields(FieldSpan stored, FieldSpan response);

/// The fields of a part but for its Content-Range.
[[nodiscard]] std::vector<Field> without_content_range(FieldSpan fields);

}  // namespace wf::policy
