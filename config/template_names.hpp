// The names in templates: {id}, {query.page}, {header.X-Tenant}, {request.a.b}, {response.a.b}.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/parsed.hpp"

namespace wf::config {

enum class NameSource : std::uint8_t { Path, Query, Header, Request, Response };

/// A view into the text.
struct TemplateName {
  NameSource source = NameSource::Path;
  std::string_view name;
};

/// Letters, digits and "_"; the first is no digit.
[[nodiscard]] bool is_parameter_name(std::string_view text);

/// What stands between the braces.
[[nodiscard]] Parsed<TemplateName> parse_template_name(std::string_view text);

}  // namespace wf::config
