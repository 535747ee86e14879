// Becoming another user, for good. What needs root is tried where the tests are root.

#include <grp.h>
#include <unistd.h>

#include <array>

#include <catch2/catch.hpp>

#include "proxy/confine/identity.hpp"
#include "tests/unit/confine/in_child.hpp"

using namespace wf::confine;
using wf::test::in_child;

namespace {

constexpr uid_t kNobody = 65534;

std::string trouble_with(const std::string& user, const std::optional<std::string>& group) {
  try {
    static_cast<void>(find_identity(user, group));
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("users and groups by name and by number") {
  const Identity nobody = find_identity("nobody", std::nullopt);
  CHECK(nobody.user == kNobody);
  CHECK(nobody.group == kNobody);
  CHECK(nobody.name == "nobody");
  CHECK(find_identity("65534", std::nullopt).name == "nobody");
  CHECK(find_identity("nobody", "daemon").group == 1);
  CHECK(find_identity("nobody", "4242").group == 4242);
  const Identity nameless = find_identity("424242", "4242");
  CHECK(nameless.user == 424242);
  CHECK(nameless.name.empty());

  CHECK(trouble_with("no-such-user", {}) == "process.user: there is no user \"no-such-user\"");
  CHECK(trouble_with("nobody", "no-such") == "process.group: there is no group \"no-such\"");
  CHECK(trouble_with("424242", {}) ==
        "process.user: nothing is known of user 424242; say its group in process.group");
  // The kernel takes this number for "as it is": nothing would be given up.
  CHECK(trouble_with("4294967295", "0") == "process.user: there is no user \"4294967295\"");
}

TEST_CASE("root is given up whole, and does not come back") {
  if (::geteuid() != 0) return;
  const int seen = in_child([] {
    become(find_identity("nobody", std::nullopt));
    uid_t users[3];
    gid_t groups[3];
    if (::getresuid(&users[0], &users[1], &users[2]) != 0) return 1;
    if (::getresgid(&groups[0], &groups[1], &groups[2]) != 0) return 2;
    for (const uid_t user : users) {
      if (user != kNobody) return 3;
    }
    for (const gid_t group : groups) {
      if (group != kNobody) return 4;
    }
    std::array<gid_t, 64> further{};
    const int count = ::getgroups(static_cast<int>(further.size()), further.data());
    for (int i = 0; i < count; ++i) {
      if (further.at(static_cast<std::size_t>(i)) == 0) return 5;
    }
    if (::setresuid(0, 0, 0) == 0 || ::seteuid(0) == 0 || ::setgid(0) == 0) return 6;
    if (::access("/etc/shadow", R_OK) == 0) return 7;
    return 0;
  });
  CHECK(seen == 0);
}

TEST_CASE("only root becomes another; to be who one is costs nothing") {
  if (::geteuid() != 0) return;
  const int seen = in_child([] {
    become(find_identity("nobody", std::nullopt));
    become(find_identity("nobody", std::nullopt));
    try {
      become(find_identity("daemon", std::nullopt));
    } catch (const std::runtime_error&) {
      return 0;
    }
    return 1;
  });
  CHECK(seen == 0);
}
