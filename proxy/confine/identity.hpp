// Whom the process becomes when it no longer needs to be root.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace wf::confine {

struct Identity {
  uid_t user = 0;
  gid_t group = 0;
  std::string name;  ///< of the user, for its further groups; empty: none is known by that number
};

/// The user and group of these names or numbers; without `group`, the user's own. Throws
/// std::runtime_error that says which of them is unknown.
[[nodiscard]] Identity find_identity(const std::string& user,
                                     const std::optional<std::string>& group);

/// Becomes it in all threads, for good: groups, group and user, real, effective and saved; then
/// tries to get back, which must fail. Does nothing if that is who we are. Throws
/// std::runtime_error with what to do about it.
void become(const Identity& identity);

}  // namespace wf::confine
