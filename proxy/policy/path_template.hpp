// "/analyses/{analysis_id}/x" and "/static/**": which paths a route takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace wf::policy {

inline constexpr std::size_t kMaxPathParams = 16;

/// Parameter values of one match; views into the template and the path. Never allocates.
class PathParams {
 public:
  struct Param {
    std::string_view name;
    std::string_view value;
  };
  void clear() noexcept { size_ = 0; }
  void push(std::string_view name, std::string_view value) noexcept {
    params_[size_++] = {name, value};
  }
  [[nodiscard]] std::span<const Param> all() const noexcept { return {params_.data(), size_}; }
  /// The value, or an empty view for an unknown name (a parameter never matches nothing).
  [[nodiscard]] std::string_view value(std::string_view name) const noexcept;

 private:
  std::array<Param, kMaxPathParams> params_{};
  std::size_t size_ = 0;
};

/// Takes the first segment off a path that starts with '/': "/a/b" gives "a" and leaves "/b".
[[nodiscard]] std::string_view next_segment(std::string_view& path) noexcept;

/// Immutable after parse; matched against canonical paths, byte by byte.
class PathTemplate {
 public:
  struct Segment {
    enum class Kind : std::uint8_t { Literal, Param, Rest };
    Kind kind = Kind::Literal;
    std::string text;  ///< the literal, or the parameter's name
  };

  /// The error is a sentence for the person who wrote the configuration.
  [[nodiscard]] static boost::system::result<PathTemplate, std::string> parse(
      std::string_view text);

  /// A parameter takes one segment that is not empty; `**` takes zero or more.
  [[nodiscard]] bool match(std::string_view path, PathParams& params) const noexcept;
  [[nodiscard]] const std::vector<Segment>& segments() const noexcept { return segments_; }
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::vector<Segment> segments_;
};

}  // namespace wf::policy
