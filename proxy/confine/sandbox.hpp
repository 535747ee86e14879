// A filter of system calls (seccomp) around the running proxy.
#pragma once

#include "proxy/base/error.hpp"
#include "proxy/confine/syscalls.hpp"

namespace wf::confine {

/// What a call that is not in the list meets.
enum class Otherwise : std::uint8_t {
  Refuse,  ///< EPERM
  Kill,    ///< the end of the process by SIGSYS
};

/// Allows, in all threads of now and later, what syscalls.hpp lists and nothing else; cannot be
/// undone. Sets "no new privileges". Unsupported, Side::Self, where the kernel cannot.
[[nodiscard]] Result<void> enter_sandbox(const Needs& needs, Otherwise otherwise);

}  // namespace wf::confine
