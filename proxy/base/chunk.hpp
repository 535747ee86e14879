// Immutable bytes shared by reference: bodies travel from origin to clients and stores as these.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
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

/// A body where it lies, seen only: one piece, or chunks. Its bytes must outlive it.
class BodyView {
 public:
  BodyView() = default;
  explicit BodyView(std::string_view one) : one_(one), pieces_(one.empty() ? 0 : 1) {}
  BodyView(std::span<const Chunk> chunks)  // NOLINT: chunks are a body
      : chunks_(chunks.data()), pieces_(chunks.size()) {}
  /// How many pieces there are.
  [[nodiscard]] std::size_t pieces() const noexcept { return pieces_; }
  [[nodiscard]] std::string_view operator[](std::size_t piece) const noexcept {
    return chunks_ != nullptr ? chunks_[piece].view() : one_;
  }
  /// Of all pieces.
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < pieces_; ++i) sum += (*this)[i].size();
    return sum;
  }

 private:
  std::string_view one_;
  const Chunk* chunks_ = nullptr;
  std::size_t pieces_ = 0;
};

}  // namespace wf
