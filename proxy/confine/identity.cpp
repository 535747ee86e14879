#include "proxy/confine/identity.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "proxy/base/ascii.hpp"

namespace wf::confine {

namespace {

constexpr std::size_t kLargestEntry = 1U << 20U;

/// Calls `get(buffer, size)`, one of the _r functions, with as much room as it asks for; the found
/// entry, whose texts lie in `room`, or null.
template <class Entry, class Get>
const Entry* look_up(Get get, std::vector<char>& room) {
  static thread_local Entry entry;
  for (room.resize(4096); room.size() <= kLargestEntry; room.resize(room.size() * 2)) {
    Entry* found = nullptr;
    if (get(&entry, room.data(), room.size(), &found) != ERANGE) return found;
  }
  return nullptr;
}

/// A number that can be a user's or a group's; the largest one means "leave as it is" to the
/// kernel.
std::optional<unsigned> as_number(const std::string& text) {
  const auto number = ascii::parse_uint(text);
  if (!number || *number >= std::numeric_limits<unsigned>::max()) return std::nullopt;
  return static_cast<unsigned>(*number);
}

gid_t find_group(const std::string& group) {
  std::vector<char> room;
  const auto* found =
      look_up<::group>([&](auto... rest) { return ::getgrnam_r(group.c_str(), rest...); }, room);
  if (found != nullptr) return found->gr_gid;
  if (const auto number = as_number(group)) return *number;
  throw std::runtime_error("process.group: there is no group \"" + group + "\"");
}

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("process.user: " + what + ": " + std::generic_category().message(errno));
}

bool is_already(const Identity& identity) {
  uid_t users[3];
  gid_t groups[3];
  if (::getresuid(&users[0], &users[1], &users[2]) != 0) return false;
  if (::getresgid(&groups[0], &groups[1], &groups[2]) != 0) return false;
  for (const uid_t user : users) {
    if (user != identity.user) return false;
  }
  for (const gid_t group : groups) {
    if (group != identity.group) return false;
  }
  return true;
}

}  // namespace

Identity find_identity(const std::string& user, const std::optional<std::string>& group) {
  std::vector<char> room;
  const auto* found =
      look_up<::passwd>([&](auto... rest) { return ::getpwnam_r(user.c_str(), rest...); }, room);
  const auto number = as_number(user);
  if (found == nullptr && number) {
    found = look_up<::passwd>([&](auto... rest) { return ::getpwuid_r(*number, rest...); }, room);
  }
  Identity identity;
  if (found != nullptr) {
    identity = {found->pw_uid, found->pw_gid, found->pw_name};
  } else if (number) {
    if (!group) {
      throw std::runtime_error("process.user: nothing is known of user " + user +
                               "; say its group in process.group");
    }
    identity.user = *number;
  } else {
    throw std::runtime_error("process.user: there is no user \"" + user + "\"");
  }
  if (group) identity.group = find_group(*group);
  return identity;
}

void become(const Identity& identity) {
  if (is_already(identity) && ::geteuid() != 0) return;
  if (::geteuid() != 0) {
    throw std::runtime_error(
        "process.user: only root can become another user; start as root, or leave process.user "
        "out");
  }
  // The C library does each of these in all threads.
  const int grouped = identity.name.empty() ? ::setgroups(0, nullptr)
                                            : ::initgroups(identity.name.c_str(), identity.group);
  if (grouped != 0) fail("cannot take its groups");
  if (::setresgid(identity.group, identity.group, identity.group) != 0)
    fail("cannot take its group");
  if (::setresuid(identity.user, identity.user, identity.user) != 0) fail("cannot become it");
  const bool back = identity.user != 0 && (::setresuid(0, 0, 0) == 0 || ::seteuid(0) == 0);
  if (back || !is_already(identity)) {
    throw std::runtime_error("process.user: the rights of root were not given up");
  }
}

}  // namespace wf::confine
