#include "config/template_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr std::array<std::string_view, 4> kWords{"query", "header", "request", "response"};
constexpr std::array<NameSource, 4> kSources{NameSource::Query, NameSource::Header,
                                             NameSource::Request, NameSource::Response};

bool is_word_char(char c) { return ascii::is_alpha(c) || ascii::is_digit(c) || c == '_'; }

/// Members of JSON objects, and places in arrays, separated by dots.
bool is_member_path(std::string_view text) {
  while (true) {
    const auto dot = text.find('.');
    const auto member = text.substr(0, dot);
    const bool fits = !member.empty() && std::all_of(member.begin(), member.end(), [](char c) {
      return is_word_char(c) || c == '-';
    });
    if (!fits || dot == std::string_view::npos) return fits;
    text.remove_prefix(dot + 1);
  }
}

Parsed<TemplateName> in_source(std::size_t source, std::string_view name) {
  const NameSource from = kSources[source];
  const bool member = from == NameSource::Request || from == NameSource::Response;
  if (member && !is_member_path(name)) {
    return fault(fmt::format("{} is not a member of JSON such as user.id", quoted(name)));
  }
  // A parameter of the query is named as a token here as well: letters, digits, "_", "-"…
  if (!member && !ascii::is_token(name)) {
    return fault(fmt::format("{} is not the name of a {}", quoted(name),
                             from == NameSource::Header ? "field" : "query parameter"));
  }
  return TemplateName{from, name};
}

}  // namespace

bool is_parameter_name(std::string_view text) {
  return !text.empty() && !ascii::is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), is_word_char);
}

Parsed<TemplateName> parse_template_name(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) {
    if (is_parameter_name(text)) return TemplateName{NameSource::Path, text};
    return fault(
        fmt::format("{} is not the name of a parameter (letters, digits, \"_\")", quoted(text)));
  }
  const auto word = text.substr(0, dot);
  const auto found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) {
    return fault(fmt::format("{} before the \".\" is not {}{}", quoted(word), one_of(kWords),
                             suggestion(word, kWords)));
  }
  return in_source(static_cast<std::size_t>(found - kWords.begin()), text.substr(dot + 1));
}

}  // namespace wf::config
