// Texts that are filled from a request and its answer: tags, and what a write invalidates.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "proxy/base/fields.hpp"
#include "proxy/policy/path_template.hpp"

namespace wf::policy {

/// Where a name in a template takes its value from.
enum class ValueSource : std::uint8_t {
  Path,      ///< {user_id}: a parameter of the route's path
  Query,     ///< {query.page}: a parameter of the query
  Header,    ///< {header.X-Tenant}: a field of the request
  Request,   ///< {request.user.id}: a member of the request's JSON body
  Response,  ///< {response.user.id}: a member of the response's JSON body
};

/// What the names of a template are looked up in. Views.
struct TemplateValues {
  const PathParams& params;
  std::string_view query{};   ///< without '?', not decoded
  FieldSpan fields{};         ///< of the request
  FieldSpan request_body{};   ///< scalar members under their dotted names
  FieldSpan response_body{};  ///< the same
};

/// How values are written, so that none can pass for something else.
enum class ValueForm : std::uint8_t {
  /// Decoded, then everything but letters, digits and "-._~" as %XX: a value never holds a
  /// character that separates the parts of a tag.
  Tag,
  /// As a canonical path has it; what a path cannot hold, and the separators, as %XX.
  Path,
  /// For a path and a query: values of the target as they stood there, all wildcards as %XX.
  Pattern,
};

/// A longer text is none: no path or tag of that length is ever stored.
inline constexpr std::size_t kLongestExpansion = 8192;

/// Text with {names} in it. Immutable after parse.
class TextTemplate {
 public:
  /// A name without a source must be one of `known`; the error is a sentence.
  [[nodiscard]] static boost::system::result<TextTemplate, std::string> parse(
      std::string_view text, std::span<const std::string> known);

  /// Nothing where a value is missing, empty, given more than once or malformed.
  [[nodiscard]] std::optional<std::string> expand(const TemplateValues& values,
                                                  ValueForm form) const;

  /// The members that it takes from a source, without repetition.
  [[nodiscard]] std::vector<std::string> names(ValueSource source) const;

 private:
  struct Piece {
    std::optional<ValueSource> source;  ///< none: a literal
    std::string text;                   ///< the literal, or the name within its source
  };
  std::vector<Piece> pieces_;
};

/// The value of the one parameter of that name, percent-decoded; nothing where there is none, or
/// two, or it is malformed.
[[nodiscard]] std::optional<std::string> query_parameter(std::string_view query,
                                                         std::string_view name);

/// Every template that has all its values, and how many had not.
struct Expanded {
  std::vector<std::string> texts;
  std::size_t missing = 0;
};
[[nodiscard]] Expanded expand_all(std::span<const TextTemplate> templates,
                                  const TemplateValues& values, ValueForm form);

}  // namespace wf::policy
