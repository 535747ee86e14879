#include "proxy/policy/vary.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/weighted_list.hpp"

namespace wf::policy {
namespace {

void append_lower(std::string_view text, std::string& out) {
  for (const char c : text) out += ascii::lower(c);
}

bool iless(std::string_view a, std::string_view b) noexcept {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return ascii::lower(x) < ascii::lower(y);
  });
}

// Writes the length of what `write` appends in four octets before it.
template <class Write>
void append_sized(std::string& out, Write write) {
  const auto at = out.size();
  out.append(4, '\0');
  write();
  auto size = static_cast<std::uint32_t>(out.size() - at - 4);
  for (std::size_t i = 0; i < 4; ++i, size >>= 8U) out[at + i] = static_cast<char>(size & 0xFFU);
}

void append_joined(FieldSpan request, std::string_view name, std::string& out) {
  bool first = true;
  for (const Field& field : request) {
    if (!ascii::iequals(field.name, name)) continue;
    auto rest = field.value;
    for (auto element = ascii::next_element(rest); !element.empty();
         element = ascii::next_element(rest)) {
      if (!first) out += ',';
      first = false;
      out += element;
    }
  }
}

// "x-gzip" and "x-compress" are older names (RFC 9110 §8.4.1).
std::string_view coding_name(std::string_view name) noexcept {
  if (ascii::iequals(name, "x-gzip")) return "gzip";
  if (ascii::iequals(name, "x-compress")) return "compress";
  return name;
}

// What is not listed is not accepted, so a weight of 0 says something only of identity and "*", and
// of others beside a "*". Identity is accepted unless it, or "*" without it, is refused.
bool says_nothing(const Weighted& coding, const Weighted* any) noexcept {
  const bool others_refused = any != nullptr && any->weight == 0;
  const bool others_accepted = any != nullptr && any->weight > 0;
  const bool is_any = coding.name == "*";
  const bool identity = ascii::iequals(coding.name, "identity");
  if (coding.weight > 0) return identity && !others_refused;
  return !identity && !is_any && !others_accepted;
}

void append_codings(WeightedList& list, std::string& out) {
  auto all = list.elements();
  for (Weighted& coding : all) coding.name = coding_name(coding.name);
  std::sort(all.begin(), all.end(), [](const Weighted& a, const Weighted& b) {
    return ascii::iequals(a.name, b.name) ? a.weight > b.weight : iless(a.name, b.name);
  });
  const Weighted* const any = list.find("*");
  std::string_view previous;
  for (const Weighted& coding : all) {
    if (says_nothing(coding, any) || ascii::iequals(coding.name, previous)) continue;
    previous = coding.name;
    out += coding.weight > 0 ? '+' : '-';
    append_lower(coding.name, out);
  }
}

void append_languages(WeightedList& list, std::string& out) {
  auto all = list.elements();
  std::sort(all.begin(), all.end(), [](const Weighted& a, const Weighted& b) {
    return a.weight != b.weight ? a.weight > b.weight : iless(a.name, b.name);
  });
  const Weighted* previous = nullptr;
  for (const Weighted& language : all) {
    const bool same_group = previous != nullptr && previous->weight == language.weight;
    if (same_group && ascii::iequals(previous->name, language.name)) continue;
    if (previous != nullptr) out += same_group ? ',' : ';';
    if (language.weight == 0) out += '-';
    append_lower(language.name, out);
    previous = &language;
  }
}

// The normal form has a mark of its own, so that no text can imitate it.
void append_value(FieldSpan request, std::string_view name, std::string& out) {
  const bool encoding = name == "accept-encoding";
  const bool language = name == "accept-language";
  WeightedList list;
  const bool normal = (encoding || language) && list.parse(request, name);
  out += normal ? 'N' : 'V';
  append_sized(out, [&] {
    if (!normal) {
      append_joined(request, name, out);
    } else if (encoding) {
      append_codings(list, out);
    } else {
      append_languages(list, out);
    }
  });
}

/// Takes what append_sized wrote; nothing: it is cut short.
std::optional<std::string_view> take_sized(std::string_view& rest) noexcept {
  if (rest.size() < 4) return std::nullopt;
  std::uint32_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8U | static_cast<unsigned char>(rest[i]);
  rest.remove_prefix(4);
  if (size > rest.size()) return std::nullopt;
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(size);
  return text;
}

/// What append_codings wrote, as a field's value.
std::string codings_value(std::string_view normal) {
  std::string out;
  while (!normal.empty()) {
    const std::size_t end = std::min(normal.find_first_of("+-", 1), normal.size());
    if (!out.empty()) out += ", ";
    out += normal.substr(1, end - 1);
    if (normal.front() == '-') out += ";q=0";
    normal.remove_prefix(end);
  }
  return out;
}

/// What append_languages wrote: the weights fall by group.
std::string languages_value(std::string_view normal) {
  constexpr int kThousandths = 1000;
  constexpr int kStep = 10;
  std::string out;
  for (int weight = kThousandths; !normal.empty(); weight -= kStep) {
    const std::size_t end = std::min(normal.find(';'), normal.size());
    std::string_view group = normal.substr(0, end);
    normal.remove_prefix(std::min(end + 1, normal.size()));
    while (!group.empty()) {
      const std::size_t comma = std::min(group.find(','), group.size());
      const bool refused = group.front() == '-';
      if (!out.empty()) out += ", ";
      out += group.substr(refused ? 1 : 0, comma - (refused ? 1 : 0));
      if (refused) {
        out += ";q=0";
      } else if (weight < kThousandths) {
        out += ";q=0." + std::to_string(weight);
      }
      group.remove_prefix(std::min(comma + 1, group.size()));
    }
  }
  return out;
}

std::string value_of(std::string_view name, char form, std::string_view text) {
  if (form == 'V') return std::string{text};
  return name == "accept-encoding" ? codings_value(text) : languages_value(text);
}

void append_name(std::string_view name, std::string& out) {
  append_sized(out, [&] { out += name; });
}

}  // namespace

Vary parse_vary(FieldSpan response) {
  Vary out;
  bool malformed = false;
  for (const Field& field : response) {
    if (!ascii::iequals(field.name, "vary")) continue;
    auto rest = field.value;
    for (auto name = ascii::next_element(rest); !name.empty(); name = ascii::next_element(rest)) {
      if (name == "*") return {VaryForm::Star, {}};
      malformed = malformed || !ascii::is_token(name);
      out.names.push_back(ascii::to_lower(name));
    }
  }
  if (malformed) return {VaryForm::Malformed, {}};
  std::sort(out.names.begin(), out.names.end());
  out.names.erase(std::unique(out.names.begin(), out.names.end()), out.names.end());
  if (out.names.size() > kMaxVaryNames) return {VaryForm::TooMany, {}};
  return out;
}

void append_variant_key(std::span<const std::string> names, FieldSpan request, std::string& out) {
  for (const std::string& name : names) {
    append_name(name, out);
    if (has_field(request, name)) {
      append_value(request, name, out);
    } else {
      out += 'A';
    }
  }
}

std::optional<OwnedFields> fields_of_variant(std::span<const std::string> names,
                                             std::string_view variant) {
  OwnedFields fields;
  std::string_view rest = variant;
  for (const std::string& name : names) {
    if (take_sized(rest) != name || rest.empty()) return std::nullopt;
    const char form = rest.front();
    rest.remove_prefix(1);
    if (form == 'A') continue;
    const auto text = take_sized(rest);
    if (!text) return std::nullopt;
    fields.push_back({name, value_of(name, form, *text)});
  }
  std::string again;
  append_variant_key(names, views(fields), again);
  if (again != variant) return std::nullopt;
  return fields;
}

std::string_view preferred_language(FieldSpan request) noexcept {
  WeightedList list;
  if (!list.parse(request, "accept-language")) return {};
  const Weighted* best = nullptr;
  bool tie = false;
  for (const Weighted& language : list.elements()) {
    tie = best != nullptr &&
          (tie ? language.weight <= best->weight : language.weight == best->weight);
    if (best == nullptr || language.weight > best->weight) best = &language;
  }
  if (best == nullptr || tie || best->weight == 0 || best->name == "*") return {};
  return best->name;
}

bool varies_by_language(std::span<const std::string> names) noexcept {
  return std::find(names.begin(), names.end(), "accept-language") != names.end();
}

std::string_view sole_language(FieldSpan response) noexcept {
  if (count_fields(response, "content-language") != 1) return {};
  auto rest = field_value(response, "content-language");
  const auto first = ascii::next_element(rest);
  return ascii::next_element(rest).empty() ? first : std::string_view{};
}

void append_language_variant_key(std::span<const std::string> names, FieldSpan request,
                                 std::string_view language, std::string& out) {
  for (const std::string& name : names) {
    if (name != "accept-language") {
      append_variant_key({&name, 1}, request, out);
      continue;
    }
    append_name(name, out);
    out += 'N';
    append_sized(out, [&] { append_lower(language, out); });
  }
}

}  // namespace wf::policy
