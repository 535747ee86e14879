// An origin with one large body, which it gives whole or in ranges.
#pragma once

#include <optional>
#include <string>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

/// Settings first, then `handler`, which refers to this object.
struct LargeBody {
  enum class Length : std::uint8_t { Known, Unknown };
  enum class Then : std::uint8_t { GoOn, Reset };

  explicit LargeBody(std::size_t size) : bytes(pattern(size, 1)) {}

  std::string bytes;
  std::string etag = "\"v1\"";  ///< empty: none
  std::string more{};           ///< further field lines, each with its CRLF
  Length length = Length::Known;
  std::optional<std::size_t> held_at{};  ///< stops there at the gate "half"
  Then then = Then::GoOn;

  [[nodiscard]] Handler handler() const;

 private:
  [[nodiscard]] Script answer(const OriginRequest& request) const;
  [[nodiscard]] Script part(std::string_view range) const;
};

}  // namespace wf::test
