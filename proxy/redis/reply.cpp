#include "proxy/redis/reply.hpp"

#include <utility>

namespace wf::redis {

std::string_view Reply::text() const noexcept {
  const auto* text = std::get_if<std::string>(&value_);
  return text != nullptr ? std::string_view{*text} : std::string_view{};
}

std::string Reply::take_text() && {
  auto* text = std::get_if<std::string>(&value_);
  return text != nullptr ? std::move(*text) : std::string{};
}

std::int64_t Reply::integer() const noexcept {
  const auto* value = std::get_if<std::int64_t>(&value_);
  return value != nullptr ? *value : 0;
}

std::span<const Reply> Reply::elements() const noexcept {
  const auto* elements = std::get_if<std::vector<Reply>>(&value_);
  return elements != nullptr ? std::span<const Reply>{*elements} : std::span<const Reply>{};
}

std::vector<Reply> Reply::take_elements() && {
  auto* elements = std::get_if<std::vector<Reply>>(&value_);
  return elements != nullptr ? std::move(*elements) : std::vector<Reply>{};
}

Reply& Reply::append(Reply element) {
  return std::get<std::vector<Reply>>(value_).emplace_back(std::move(element));
}

std::string_view to_string(Reply::Type type) noexcept {
  switch (type) {
    case Reply::Type::Nil:
      return "nil";
    case Reply::Type::Status:
      return "status";
    case Reply::Type::Error:
      return "error";
    case Reply::Type::Integer:
      return "integer";
    case Reply::Type::Bulk:
      return "bulk string";
    case Reply::Type::Array:
      return "array";
  }
  return "?";
}

}  // namespace wf::redis
