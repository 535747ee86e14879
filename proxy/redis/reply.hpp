// One answer of Redis (RESP2) as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/base/error.hpp"

namespace wf::redis {

/// Owns everything it holds; moving never copies a string.
class Reply {
 public:
  enum class Type : std::uint8_t { Nil, Status, Error, Integer, Bulk, Array };

  Reply() = default;  ///< Nil
  [[nodiscard]] static Reply nil() { return {}; }
  [[nodiscard]] static Reply status(std::string text) { return {Type::Status, std::move(text)}; }
  [[nodiscard]] static Reply error(std::string text) { return {Type::Error, std::move(text)}; }
  [[nodiscard]] static Reply bulk(std::string bytes) { return {Type::Bulk, std::move(bytes)}; }
  [[nodiscard]] static Reply integer(std::int64_t value) { return {Type::Integer, value}; }
  [[nodiscard]] static Reply array(std::vector<Reply> elements) {
    return {Type::Array, std::move(elements)};
  }

  [[nodiscard]] Type type() const noexcept { return type_; }
  [[nodiscard]] bool is_nil() const noexcept { return type_ == Type::Nil; }
  [[nodiscard]] bool is_error() const noexcept { return type_ == Type::Error; }

  /// Of a status, an error (without its '-') or a bulk string; empty for the others.
  [[nodiscard]] std::string_view text() const noexcept;
  /// The same, moved out.
  [[nodiscard]] std::string take_text() &&;
  /// 0 unless it is an integer.
  [[nodiscard]] std::int64_t integer() const noexcept;
  /// Empty unless it is an array.
  [[nodiscard]] std::span<const Reply> elements() const noexcept;
  [[nodiscard]] std::vector<Reply> take_elements() &&;

  /// Appends to an array and returns the new element, which stays where it is until the next
  /// append.
  Reply& append(Reply element);

  bool operator==(const Reply&) const = default;

 private:
  using Value = std::variant<std::monostate, std::int64_t, std::string, std::vector<Reply>>;
  Reply(Type type, Value value) : type_(type), value_(std::move(value)) {}

  Type type_ = Type::Nil;
  Value value_;
};

[[nodiscard]] std::string_view to_string(Reply::Type type) noexcept;

}  // namespace wf::redis
