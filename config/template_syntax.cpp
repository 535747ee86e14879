#include "config/template_syntax.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/template_names.hpp"
#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

/// RFC 3986 §2.3.
bool is_unreserved(char c) {
  return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// RFC 3986 §3.3, without "%".
bool is_pchar(char c) {
  return is_unreserved(c) || std::string_view{"!$&'()*+,;=:@"}.find(c) != std::string_view::npos;
}

/// `at` points at the "%"; the three characters are there or not.
Parsed<void> check_escape(std::string_view text, std::size_t at) {
  const std::string_view escape = text.substr(at, 3);
  const int high = escape.size() == 3 ? ascii::hex_value(escape[1]) : -1;
  const int low = high < 0 ? -1 : ascii::hex_value(escape[2]);
  if (low < 0) return fault(fmt::format("a % without two hexadecimal digits in {}", quoted(text)));
  const char plain = static_cast<char>(high * 16 + low);
  if (is_unreserved(plain)) {
    return fault(fmt::format("write \"{}\" as \"{}\": paths are normalised first", escape, plain));
  }
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  if (is_small(escape[1]) || is_small(escape[2])) {
    return fault(fmt::format("write {} with capitals: paths are normalised first", quoted(escape)));
  }
  return {};
}

Parsed<void> check_literal(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      const auto escape = check_escape(text, i);
      if (!escape) return escape;
      i += 2;
    } else if (c == '?' || c == '#') {
      return fault(fmt::format("a path ends before its \"{}\": queries are not compared", c));
    } else if (c == '{' || c == '}') {
      return fault(
          fmt::format("a parameter is a whole segment such as {{id}}, found {}", quoted(text)));
    } else if (!is_pchar(c)) {
      return fault(fmt::format("{} has a character that paths write as %XX", quoted(text)));
    }
  }
  return {};
}

Parsed<Segment> parse_segment(std::string_view text) {
  if (text == "**") return Segment{Segment::Kind::Rest, {}};
  if (text.starts_with('{') && text.find('}') == text.size() - 1) {
    const std::string_view name = text.substr(1, text.size() - 2);
    if (!is_parameter_name(name)) {
      return fault(
          fmt::format("{} is not the name of a parameter (letters, digits, \"_\")", quoted(name)));
    }
    return Segment{Segment::Kind::Parameter, std::string{name}};
  }
  if (text.find("**") != std::string_view::npos) return fault("** is a whole segment, the last");
  const auto literal = check_literal(text);
  if (!literal) return literal.error();
  return Segment{Segment::Kind::Literal, std::string{text}};
}

/// Calls `literal(text)` for what stands between parameters; returns the first fault.
template <class Literal>
Parsed<std::vector<std::string>> split_parameters(std::string_view text, Literal literal) {
  std::vector<std::string> names;
  std::string_view rest = text;
  while (true) {
    const auto open = rest.find('{');
    const std::string_view before = rest.substr(0, open);
    if (before.find('}') != std::string_view::npos) {
      return fault(fmt::format("a }} without its {{ in {}", quoted(text)));
    }
    const Parsed<void> checked = literal(before);
    if (!checked) return checked.error();
    if (open == std::string_view::npos) return names;
    const auto close = rest.find('}', open);
    if (close == std::string_view::npos) {
      return fault(fmt::format("a {{ without its }} in {}", quoted(text)));
    }
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    const auto parsed = parse_template_name(name);
    if (!parsed) return parsed.error();
    names.emplace_back(name);
    rest.remove_prefix(close + 1);
  }
}

Parsed<void> check_path(std::string_view text) {
  if (!text.starts_with('/')) {
    return fault(fmt::format("a path starts with \"/\": {}", quoted(text)));
  }
  for (std::string_view rest = text; !rest.empty();) {
    rest.remove_prefix(1);
    const auto end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    if (segment == "." || segment == "..") {
      return fault("\".\" and \"..\" never match: paths are normalised first");
    }
    rest.remove_prefix(end);
  }
  return {};
}

}  // namespace

Parsed<std::vector<Segment>> parse_path_template(std::string_view text) {
  const auto path = check_path(text);
  if (!path) return path.error();
  std::vector<Segment> segments;
  std::string_view rest = text;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto end = std::min(rest.find('/'), rest.size());
    auto segment = parse_segment(rest.substr(0, end));
    rest.remove_prefix(end);
    if (!segment) return segment.error();
    if (segment->kind == Segment::Kind::Rest && !rest.empty()) {
      return fault("** is a whole segment, the last");
    }
    const bool repeated = segment->kind == Segment::Kind::Parameter &&
                          std::find(segments.begin(), segments.end(), *segment) != segments.end();
    if (repeated) return fault(fmt::format("the parameter {} occurs twice", quoted(segment->text)));
    segments.push_back(std::move(*segment));
  }
  return segments;
}

Parsed<std::vector<std::string>> parse_text_template(std::string_view text) {
  if (text.empty()) return fault("must not be empty");
  bool first = true;
  return split_parameters(text, [&](std::string_view literal) -> Parsed<void> {
    for (const char c : literal) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return fault("a control character");
    }
    // A literal at either end of the text has no name on its other side.
    const bool at_end = literal.data() + literal.size() == text.data() + text.size();
    const bool between = !std::exchange(first, false) && !at_end;
    if (!between || !std::all_of(literal.begin(), literal.end(), is_unreserved)) return {};
    return fault(fmt::format(
        "two values with only {} between them: write a \":\", or another character that values "
        "have as %XX",
        quoted(literal)));
  });
}

Parsed<std::vector<std::string>> parse_pattern_template(std::string_view text) {
  if (!text.starts_with('/') && !text.starts_with('*')) {
    return fault(fmt::format("a pattern starts with \"/\" or \"*\": {}", quoted(text)));
  }
  return split_parameters(text, [](std::string_view literal) -> Parsed<void> {
    for (const char c : literal) {
      const bool fits = is_pchar(c) || c == '/' || c == '?' || c == '%';
      if (!fits) return fault("a character that paths and queries write as %XX");
    }
    return {};
  });
}

Parsed<std::vector<std::string>> parse_exact_path_template(std::string_view text) {
  const auto path = check_path(text);
  if (!path) return path.error();
  if (text.find("**") != std::string_view::npos) return fault("** is possible in `match` only");
  return split_parameters(text, [](std::string_view literal) -> Parsed<void> {
    while (true) {
      const auto end = literal.find('/');
      auto checked = check_literal(literal.substr(0, end));
      if (!checked || end == std::string_view::npos) return checked;
      literal.remove_prefix(end + 1);
    }
  });
}

}  // namespace wf::config
