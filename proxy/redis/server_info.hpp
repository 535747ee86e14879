// What a Redis says about itself (INFO), and what an operator should make of it. No sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wf::redis {

/// The value of a field of INFO's answer; empty if it is not there.
[[nodiscard]] std::string_view info_field(std::string_view info, std::string_view name) noexcept;

/// One sentence for the log: what was found, what it means, what to set.
struct Remark {
  enum class Weight : std::uint8_t { Note, Warning };
  Weight weight = Weight::Note;
  std::string text;
};

/// Of a Redis that serves as a cache. `expected` is the mode that the configuration names, in the
/// words of INFO: "standalone" or "cluster".
[[nodiscard]] std::vector<Remark> remarks_on(std::string_view info, std::string_view expected);

}  // namespace wf::redis
