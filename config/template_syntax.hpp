// The syntax of path templates and of texts with parameters. How a path is matched is decided in
// policy/; here a mistake gets its words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/parsed.hpp"

namespace wf::config {

/// One segment of a path template.
struct Segment {
  enum class Kind { Literal, Parameter, Rest };
  Kind kind = Kind::Literal;
  std::string text;  ///< of a literal, or the parameter's name
  bool operator==(const Segment&) const = default;
};

/// The path of a route's `match`: "/" and segments, each a literal, a whole `{name}` or, last,
/// `**`. Literals are written as a normalised path has them (RFC 3986 §6.2.2): no dot segments,
/// `%XX` in capitals and only where it is needed.
[[nodiscard]] Parsed<std::vector<Segment>> parse_path_template(std::string_view text);

/// A text with `{name}` anywhere, such as a tag. Returns the names (see template_names.hpp). Two
/// names stand apart by a character that values never hold: where one ends is never in doubt.
[[nodiscard]] Parsed<std::vector<std::string>> parse_text_template(std::string_view text);

/// A path with `{name}` anywhere, such as those of `invalidate`. Returns the names.
[[nodiscard]] Parsed<std::vector<std::string>> parse_exact_path_template(std::string_view text);

/// A path, perhaps with a query, in which `*` stands for any text, and `{name}` anywhere.
[[nodiscard]] Parsed<std::vector<std::string>> parse_pattern_template(std::string_view text);

}  // namespace wf::config
