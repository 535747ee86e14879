// Which system calls a proxy that has started needs: the list, and why.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace wf::confine {

/// What a configuration needs beyond what every proxy does.
struct Needs {
  bool log_file = false;     ///< to open its access log anew, for appending
  bool unix_socket = false;  ///< to remove, at the end, the unix sockets it listens on
};

/// An argument that a call is allowed with: `argument & mask == value`.
struct Condition {
  unsigned argument = 0;  ///< counted from 0
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t value = 0;
};

/// One call with these arguments; without a condition, with any.
struct Allowed {
  std::string_view
      name;  ///< as the kernel's; those that this kernel's architecture lacks are skipped
  std::vector<Condition> conditions;  ///< all of them hold
};

/// A call that is answered with an error of its own, since who asks takes it for an answer and goes
/// another way.
struct Answered {
  std::string_view name;
  int error;
  std::vector<Condition> conditions;
};

/// Allowed with any arguments.
[[nodiscard]] std::span<const std::string_view> plain_calls();
[[nodiscard]] std::vector<Allowed> conditional_calls(const Needs& needs);
[[nodiscard]] std::vector<Answered> answered_calls();

}  // namespace wf::confine
