#include "proxy/policy/text_template.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

constexpr std::array<std::pair<std::string_view, ValueSource>, 4> kSources{
    {{"query.", ValueSource::Query},
     {"header.", ValueSource::Header},
     {"request.", ValueSource::Request},
     {"response.", ValueSource::Response}}};

std::string quoted(std::string_view text) { return "'" + std::string{text} + "'"; }

/// RFC 3986 §2.3.
bool is_unreserved(char c) noexcept {
  return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// RFC 3986 §3.3, without "%".
bool is_pchar(char c) noexcept {
  return is_unreserved(c) || std::string_view{"!$&'()*+,;=:@"}.find(c) != std::string_view::npos;
}

bool stays(char c, ValueForm form) noexcept {
  switch (form) {
    case ValueForm::Tag:
      return is_unreserved(c);
    case ValueForm::Path:
      return is_pchar(c);
    case ValueForm::Pattern:
      return is_pchar(c) && std::string_view{"*&=+"}.find(c) == std::string_view::npos;
  }
  return false;
}

void append_encoded(std::string_view value, ValueForm form, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : value) {
    if (stays(c, form)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? ascii::hex_value(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : ascii::hex_value(text[i + 2]);
    if (low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// The one pair of that name; two would leave open which is meant.
std::string_view query_value(std::string_view query, std::string_view name) noexcept {
  std::string_view found;
  bool seen = false;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = pair.find('=');
    if (pair.substr(0, equals) != name || equals == std::string_view::npos) continue;
    if (std::exchange(seen, true)) return {};
    found = pair.substr(equals + 1);
  }
  return found;
}

std::string_view only_field(FieldSpan fields, std::string_view name) noexcept {
  return count_fields(fields, name) == 1 ? ascii::trim(field_value(fields, name))
                                         : std::string_view{};
}

/// As JSON has them: names are case-sensitive, and each stands once.
std::string_view member(FieldSpan members, std::string_view name) noexcept {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == members.end() ? std::string_view{} : found->value;
}

/// As it stood in the target where it is compared with targets, but for wildcards; else decoded.
bool append_from_target(std::string_view value, ValueForm form, std::string& out) {
  if (form == ValueForm::Pattern) {
    for (const char c : value) out += c == '*' ? std::string{"%2A"} : std::string{c};
    return true;
  }
  const auto decoded = percent_decoded(value);
  if (decoded) append_encoded(*decoded, form, out);
  return decoded.has_value();
}

bool append_value(ValueSource source, std::string_view name, const TemplateValues& values,
                  ValueForm form, std::string& out) {
  std::string_view value;
  switch (source) {
    case ValueSource::Path:
      value = values.params.value(name);
      if (form != ValueForm::Path) return !value.empty() && append_from_target(value, form, out);
      out += value;  // canonical already, and compared byte by byte
      return !value.empty();
    case ValueSource::Query:
      value = query_value(values.query, name);
      return !value.empty() && append_from_target(value, form, out);
    case ValueSource::Header:
      value = only_field(values.fields, name);
      break;
    case ValueSource::Request:
      value = member(values.request_body, name);
      break;
    case ValueSource::Response:
      value = member(values.response_body, name);
      break;
  }
  append_encoded(value, form, out);
  return !value.empty();
}

/// "query.page" → Query, "page".
std::pair<ValueSource, std::string_view> split_source(std::string_view name) noexcept {
  for (const auto& [prefix, source] : kSources) {
    if (name.starts_with(prefix)) return {source, name.substr(prefix.size())};
  }
  return {ValueSource::Path, name};
}

}  // namespace

boost::system::result<TextTemplate, std::string> TextTemplate::parse(
    std::string_view text, std::span<const std::string> known) {
  TextTemplate out;
  while (!text.empty()) {
    const auto brace = text.find_first_of("{}");
    if (brace == std::string_view::npos) {
      out.pieces_.push_back({std::nullopt, std::string{text}});
      break;
    }
    if (text[brace] == '}') return std::string{"'}' without '{'"};
    if (brace > 0) out.pieces_.push_back({std::nullopt, std::string{text.substr(0, brace)}});
    text.remove_prefix(brace + 1);
    const auto end = text.find('}');
    if (end == std::string_view::npos) return std::string{"'{' without '}'"};
    const auto [source, name] = split_source(text.substr(0, end));
    if (name.empty()) return std::string{"a name is missing after '" + std::string{text} + "'"};
    if (source == ValueSource::Path && std::find(known.begin(), known.end(), name) == known.end()) {
      return std::string{"no parameter " + quoted(name) + " in the route's path"};
    }
    out.pieces_.push_back({source, std::string{name}});
    text.remove_prefix(end + 1);
  }
  return out;
}

std::optional<std::string> TextTemplate::expand(const TemplateValues& values,
                                                ValueForm form) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (!piece.source) {
      out += piece.text;
    } else if (!append_value(*piece.source, piece.text, values, form, out)) {
      return std::nullopt;
    }
    if (out.size() > kLongestExpansion) return std::nullopt;
  }
  return out;
}

std::vector<std::string> TextTemplate::names(ValueSource source) const {
  std::vector<std::string> out;
  for (const Piece& piece : pieces_) {
    const bool wanted = piece.source && *piece.source == source;
    if (wanted && std::find(out.begin(), out.end(), piece.text) == out.end()) {
      out.push_back(piece.text);
    }
  }
  return out;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  const std::string_view value = query_value(query, name);
  if (value.empty()) return std::nullopt;
  return percent_decoded(value);
}

Expanded expand_all(std::span<const TextTemplate> templates, const TemplateValues& values,
                    ValueForm form) {
  Expanded out;
  for (const TextTemplate& text : templates) {
    auto expanded = text.expand(values, form);
    if (!expanded) {
      ++out.missing;
    } else if (std::find(out.texts.begin(), out.texts.end(), *expanded) == out.texts.end()) {
      out.texts.push_back(std::move(*expanded));
    }
  }
  return out;
}

}  // namespace wf::policy
