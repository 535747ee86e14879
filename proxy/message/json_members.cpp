#include "proxy/message/json_members.hpp"

#include <array>
#include <charconv>
#include <optional>

#include <boost/json/parse.hpp>

#include "proxy/base/ascii.hpp"

namespace wf::message {
namespace {

namespace json = boost::json;

const json::value* step(const json::value& from, std::string_view member) {
  if (const json::object* object = from.if_object()) {
    return object->if_contains({member.data(), member.size()});
  }
  const json::array* array = from.if_array();
  const auto place = array == nullptr ? std::nullopt : ascii::parse_uint(member);
  return place ? array->if_contains(*place) : nullptr;
}

const json::value* find(const json::value& root, std::string_view name) {
  const json::value* at = &root;
  while (at != nullptr) {
    const auto dot = name.find('.');
    at = step(*at, name.substr(0, dot));
    if (dot == std::string_view::npos) return at;
    name.remove_prefix(dot + 1);
  }
  return nullptr;
}

template <class Number>
std::string text_of(Number number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::optional<std::string> scalar(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return std::string{value.get_string()};
    case json::kind::int64:
      return text_of(value.get_int64());
    case json::kind::uint64:
      return text_of(value.get_uint64());
    case json::kind::double_:
      return text_of(value.get_double());
    case json::kind::bool_:
      return std::string{value.get_bool() ? "true" : "false"};
    case json::kind::null:
    case json::kind::array:
    case json::kind::object:
      break;
  }
  return std::nullopt;
}

}  // namespace

OwnedFields json_scalars(std::string_view text, std::span<const std::string> names) {
  OwnedFields out;
  if (names.empty() || text.empty()) return out;
  boost::system::error_code ec;
  const json::value root = json::parse({text.data(), text.size()}, ec);
  if (ec) return out;
  for (const std::string& name : names) {
    const json::value* found = find(root, name);
    auto value = found == nullptr ? std::nullopt : scalar(*found);
    if (value) out.push_back({name, std::move(*value)});
  }
  return out;
}

}  // namespace wf::message
