#include "proxy/policy/weighted_list.hpp"

#include <algorithm>
#include <optional>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

// qvalue: 0 or 1 with up to three decimals.
std::optional<unsigned> parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  unsigned value = text[0] == '1' ? 1000 : 0;
  unsigned place = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!ascii::is_digit(c)) return std::nullopt;
    value += place * static_cast<unsigned>(c - '0');
    place /= 10;
  }
  return value <= 1000 ? std::optional{value} : std::nullopt;
}

std::optional<Weighted> parse_element(std::string_view element) noexcept {
  const auto semicolon = element.find(';');
  Weighted out{ascii::trim(element.substr(0, semicolon)), 1000};
  if (!ascii::is_token(out.name)) return std::nullopt;
  if (semicolon == std::string_view::npos) return out;
  const auto parameter = ascii::trim(element.substr(semicolon + 1));
  if (!ascii::iequals(parameter.substr(0, 2), "q=")) return std::nullopt;
  const auto weight = parse_weight(parameter.substr(2));
  if (!weight) return std::nullopt;
  out.weight = *weight;
  return out;
}

}  // namespace

bool WeightedList::parse(FieldSpan fields, std::string_view name) noexcept {
  size_ = 0;
  for (const Field& field : fields) {
    if (!ascii::iequals(field.name, name)) continue;
    auto rest = field.value;
    for (auto text = ascii::next_element(rest); !text.empty(); text = ascii::next_element(rest)) {
      const auto element = parse_element(text);
      if (!element || size_ == kCapacity) return false;
      elements_[size_++] = *element;
    }
  }
  return true;
}

const Weighted* WeightedList::find(std::string_view name) const noexcept {
  const auto all = elements();
  const auto it = std::find_if(all.begin(), all.end(), [name](const Weighted& element) {
    return ascii::iequals(element.name, name);
  });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace wf::policy
