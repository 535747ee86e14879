// How problems speak: quoted values, and the word that was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wf::config {

/// In double quotes, control characters and quotes escaped, long texts cut.
[[nodiscard]] std::string quoted(std::string_view text);

/// ` (did you mean "…"?)` with the candidate nearest to `word` by edit distance, or nothing if none
/// is near. Case does not count; neighbouring letters that changed places count once.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     std::span<const std::string_view> candidates);

/// "a, b or c".
[[nodiscard]] std::string one_of(std::span<const std::string_view> words);

}  // namespace wf::config
