// Immutable bytes shared by reference: bodies travel from origin to clients and stores as these.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

namespace wf {

/// A view that keeps its bytes alive. Copying shares, never copies bytes. Thread-safe to share.
class Chunk {
 public:
  Chunk() = default;
  /// Shares `owner`; `view` must lie within it.
  Chunk(std::shared_ptr<const char[]> owner, std::string_view view)
      : owner_(std::move(owner)), view_(view) {}
  [[nodiscard]] static Chunk copy_of(std::string_view bytes) {
    auto owner = std::make_shared_for_overwrite<char[]>(bytes.size());
    if (!bytes.empty()) std::memcpy(owner.get(), bytes.data(), bytes.size());
    const std::string_view view{owner.get(), bytes.size()};
    return {std::move(owner), view};
  }
  [[nodiscard]] std::string_view view() const noexcept { return view_; }
  [[nodiscard]] std::size_t size() const noexcept { return view_.size(); }
  [[nodiscard]] bool empty() const noexcept { return view_.empty(); }
  /// A part of the same bytes.
  [[nodiscard]] Chunk slice(std::size_t offset, std::size_t length) const {
    return {owner_, view_.substr(offset, length)};
  }

 private:
  std::shared_ptr<const char[]> owner_;
  std::string_view view_;
};

}  // namespace wf
