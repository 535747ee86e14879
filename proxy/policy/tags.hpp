// Tags: names by which stored responses are purged together.
//
// A tag holds no blank and no control character: others are written as %XX, wherever the tag comes
// from, so that a tag named in a purge is the tag that was stored. A group (RFC 9875) is a tag with
// its origin before it; its blanks keep other tags from being taken for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/fields.hpp"

namespace wf::policy {

/// A response with more tags, or a longer one, is not stored: a purge could not find it.
inline constexpr std::size_t kMostTags = 256;
inline constexpr std::size_t kLongestTag = 1024;

/// The tag as it is stored and purged.
[[nodiscard]] std::string normal_tag(std::string_view text);
/// `origin` is "scheme://authority".
[[nodiscard]] std::string group_tag(std::string_view origin, std::string_view group);

/// Appends the response's own tags, without repetition: Cache-Tag (separated by commas),
/// Surrogate-Key (by blanks), Cache-Groups (a list of strings, RFC 9875 §2; ignored as a whole
/// where it is malformed).
void append_response_tags(FieldSpan response, std::string_view origin,
                          std::vector<std::string>& tags);
/// Whether all of them can be stored.
[[nodiscard]] bool within_bounds(const std::vector<std::string>& tags) noexcept;

/// The groups that the answer to an unsafe request names in Cache-Group-Invalidation, as tags
/// (RFC 9875 §3).
[[nodiscard]] std::vector<std::string> invalidated_groups(FieldSpan response,
                                                          std::string_view origin);

}  // namespace wf::policy
