// Lists of names with a weight: Accept-Encoding, Accept-Language (RFC 9110 §12.4.2).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "proxy/base/fields.hpp"

namespace wf::policy {

struct Weighted {
  std::string_view name;   ///< a view into the field
  unsigned weight = 1000;  ///< thousandths; 0: not acceptable
};

/// Without heap: a hit on a resource that varies by encoding builds one.
class WeightedList {
 public:
  static constexpr std::size_t kCapacity = 16;

  /// All lines of `name`, as they came. False, with the list in no useful state, if an element is
  /// malformed or there are more than kCapacity.
  [[nodiscard]] bool parse(FieldSpan fields, std::string_view name) noexcept;

  [[nodiscard]] std::span<Weighted> elements() noexcept { return {elements_.data(), size_}; }
  [[nodiscard]] std::span<const Weighted> elements() const noexcept {
    return {elements_.data(), size_};
  }
  /// The first of that name, compared without case, or null.
  [[nodiscard]] const Weighted* find(std::string_view name) const noexcept;

 private:
  std::array<Weighted, kCapacity> elements_{};
  std::size_t size_ = 0;
};

}  // namespace wf::policy
