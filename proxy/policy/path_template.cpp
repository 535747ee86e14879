#include "proxy/policy/path_template.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

bool is_param_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '_';
  });
}

std::string quoted(std::string_view text) { return "'" + std::string{text} + "'"; }

/// A literal is compared with canonical paths, so it must be what such a path can hold.
bool is_literal(std::string_view text) noexcept {
  return text != "." && text != ".." && std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c < 0x7f &&
                  std::string_view{"?#\\{}*\"<>^`|"}.find(c) == std::string_view::npos;
         });
}

using Segment = PathTemplate::Segment;

boost::system::result<Segment, std::string> parse_segment(std::string_view text) {
  if (text == "**") return Segment{Segment::Kind::Rest, {}};
  if (text.starts_with('{')) {
    if (!text.ends_with('}')) {
      return std::string{"a parameter is one whole segment and ends with '}': " + quoted(text)};
    }
    const auto name = text.substr(1, text.size() - 2);
    if (!is_param_name(name)) {
      return std::string{"a parameter's name is letters, digits and '_': " + quoted(text)};
    }
    return Segment{Segment::Kind::Param, std::string{name}};
  }
  if (!is_literal(text)) return std::string{"not a path segment: " + quoted(text)};
  return Segment{Segment::Kind::Literal, std::string{text}};
}

/// What a new segment may not do to those before it; empty if nothing is wrong.
std::string clash(const std::vector<Segment>& before, const Segment& segment) {
  if (!before.empty() && before.back().kind == Segment::Kind::Rest) {
    return "'**' is only allowed as the last segment";
  }
  if (segment.kind != Segment::Kind::Param) return {};
  std::size_t params = 0;
  for (const Segment& other : before) {
    if (other.kind != Segment::Kind::Param) continue;
    ++params;
    if (other.text == segment.text)
      return "the parameter " + quoted(segment.text) + " occurs twice";
  }
  if (params == kMaxPathParams) return "more than 16 parameters";
  return {};
}

}  // namespace

std::string_view PathParams::value(std::string_view name) const noexcept {
  for (const Param& param : all()) {
    if (param.name == name) return param.value;
  }
  return {};
}

std::string_view next_segment(std::string_view& path) noexcept {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

boost::system::result<PathTemplate, std::string> PathTemplate::parse(std::string_view text) {
  if (!text.starts_with('/')) return std::string{"a path starts with '/': " + quoted(text)};
  PathTemplate out;
  while (!text.empty()) {
    auto segment = parse_segment(next_segment(text));
    if (!segment) return segment.error();
    auto wrong = clash(out.segments_, *segment);
    if (!wrong.empty()) return wrong;
    out.segments_.push_back(std::move(*segment));
  }
  return out;
}

bool PathTemplate::match(std::string_view path, PathParams& params) const noexcept {
  params.clear();
  for (const Segment& segment : segments_) {
    if (segment.kind == Segment::Kind::Rest) return true;
    if (!path.starts_with('/')) return false;  // at its end, or "*"
    const auto text = next_segment(path);
    if (segment.kind == Segment::Kind::Literal) {
      if (text != segment.text) return false;
    } else {
      if (text.empty()) return false;
      params.push(segment.text, text);
    }
  }
  return path.empty();
}

std::vector<std::string> PathTemplate::names() const {
  std::vector<std::string> out;
  for (const Segment& segment : segments_) {
    if (segment.kind == Segment::Kind::Param) out.push_back(segment.text);
  }
  return out;
}

}  // namespace wf::policy
