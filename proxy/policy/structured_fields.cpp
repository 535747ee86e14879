#include "proxy/policy/structured_fields.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

// The parsing algorithms of §4.2; each takes what it understands off the front of `rest_` and
// answers false (or nothing) at the first octet that does not fit.
class Parser {
 public:
  explicit Parser(std::string_view text) noexcept : rest_(text) {}

  bool string_list(std::vector<std::string>& out) {
    skip_spaces();
    while (!rest_.empty()) {
      DictionaryMember member;
      if (front() != '"' || !bare_item(member) || !parameters()) return false;
      out.push_back(std::move(member.text));
      skip_ows();
      if (rest_.empty()) return true;
      if (!take(',')) return false;
      skip_ows();
      if (rest_.empty()) return false;  // a comma at the end
    }
    return true;
  }

  bool dictionary(std::vector<DictionaryMember>& out) {
    skip_spaces();
    while (!rest_.empty()) {
      DictionaryMember member;
      if (!key(member.key) || !member_value(member)) return false;
      std::erase_if(out, [&](const DictionaryMember& other) { return other.key == member.key; });
      out.push_back(std::move(member));
      skip_ows();
      if (rest_.empty()) return true;
      if (!take(',')) return false;
      skip_ows();
      if (rest_.empty()) return false;  // a comma at the end
    }
    return true;
  }

 private:
  [[nodiscard]] char front() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_spaces() noexcept {
    while (take(' ')) {
    }
  }
  void skip_ows() noexcept {
    while (!rest_.empty() && ascii::is_ows(rest_.front())) rest_.remove_prefix(1);
  }
  template <class Accepts>
  std::string_view take_while(Accepts accepts) noexcept {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), accepts);
    const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  bool key(std::string& out) {
    if (!is_lower(front()) && front() != '*') return false;
    out = take_while([](char c) {
      return is_lower(c) || ascii::is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
    });
    return true;
  }

  bool member_value(DictionaryMember& out) {
    if (!take('=')) return parameters();
    if (front() == '(') return inner_list(out) && parameters();
    return bare_item(out) && parameters();
  }

  bool inner_list(DictionaryMember& out) {
    take('(');
    out.type = ItemType::InnerList;
    while (!rest_.empty()) {
      skip_spaces();
      if (take(')')) return true;
      DictionaryMember item;
      if (!bare_item(item) || !parameters()) return false;
      if (front() != ' ' && front() != ')') return false;
    }
    return false;
  }

  bool parameters() {
    while (take(';')) {
      skip_spaces();
      std::string name;
      DictionaryMember value;
      if (!key(name)) return false;
      if (take('=') && !bare_item(value)) return false;
    }
    return true;
  }

  bool bare_item(DictionaryMember& out) {
    const char c = front();
    if (c == '-' || ascii::is_digit(c)) return number(out);
    if (c == '"') return string(out);
    if (c == '*' || ascii::is_alpha(c)) return token(out);
    if (c == ':') return bytes(out);
    if (c == '?') return boolean(out);
    return false;
  }

  bool number(DictionaryMember& out) {
    const bool negative = take('-');
    const auto whole = take_while(ascii::is_digit);
    if (whole.empty() || whole.size() > 15) return false;
    out.type = ItemType::Integer;
    out.integer = static_cast<std::int64_t>(ascii::parse_uint(whole).value_or(0));
    if (negative) out.integer = -out.integer;
    if (!take('.')) return true;
    out.type = ItemType::Decimal;
    const auto fraction = take_while(ascii::is_digit);
    return whole.size() <= 12 && !fraction.empty() && fraction.size() <= 3;
  }

  bool string(DictionaryMember& out) {
    take('"');
    out.type = ItemType::String;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\') {
        c = front();
        if (c != '"' && c != '\\') return false;
        rest_.remove_prefix(1);
      } else if (c < ' ' || c > '~') {
        return false;
      }
      out.text += c;
    }
    return false;
  }

  bool token(DictionaryMember& out) {
    out.type = ItemType::Token;
    out.text = take_while([](char c) { return ascii::is_tchar(c) || c == ':' || c == '/'; });
    return true;
  }

  bool bytes(DictionaryMember& out) {
    take(':');
    out.type = ItemType::Bytes;
    take_while([](char c) {
      return ascii::is_alpha(c) || ascii::is_digit(c) || c == '+' || c == '/' || c == '=';
    });
    return take(':');
  }

  bool boolean(DictionaryMember& out) {
    take('?');
    out.type = ItemType::Boolean;
    out.boolean = front() == '1';
    return take('0') || take('1');
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<DictionaryMember>> parse_dictionary(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::vector<DictionaryMember> out;
  if (!Parser{text}.dictionary(out)) return std::nullopt;
  return out;
}

std::optional<std::vector<std::string>> parse_string_list(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::vector<std::string> out;
  if (!Parser{text}.string_list(out)) return std::nullopt;
  return out;
}

}  // namespace wf::policy
