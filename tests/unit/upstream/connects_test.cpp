// How often a dead origin is asked for connections. A binary of its own: it stands before the C
// library's connect.
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>

#include "tests/support/raw_socket.hpp"
#include "tests/unit/upstream/conversation.hpp"

namespace {

std::atomic<int> connects{0};
std::atomic<std::uint16_t> watched{0};

}  // namespace

extern "C" int connect(int fd, const sockaddr* address, socklen_t size) {
  static auto* const next = reinterpret_cast<decltype(connect)*>(::dlsym(RTLD_NEXT, "connect"));
  if (address->sa_family == AF_INET &&
      ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port) == watched) {
    ++connects;
  }
  return next(fd, address, size);
}

using namespace wf;
using namespace wf::test;

namespace {

/// At a port that is bound, so that nobody else takes it, but where nobody listens any more.
config::Upstream dead_origin() {
  static const RawSocket taken = RawSocket::listen_tcp("127.0.0.1", 0, 0);
  if (watched == 0) {
    watched = taken.port();
    taken.shut_down();
  }
  connects = 0;
  config::Upstream settings;
  settings.servers = {config::Server{{"127.0.0.1", watched, {}}}};
  return settings;
}

}  // namespace

TEST_CASE("FM-19: a dead origin is connected to ten times a second at most, and says so at once") {
  Conversation c{dead_origin()};
  c.run([](Conversation& t) -> net::Task<void> {
    constexpr std::chrono::milliseconds kTime{1500};
    const auto began = timer_now();
    std::chrono::nanoseconds slowest{0};
    int asked = 0;
    while (timer_now() - began < kTime) {
      const auto before = timer_now();
      const Got got = co_await fetch(t.pool, get("/"));
      slowest = std::max<std::chrono::nanoseconds>(slowest, timer_now() - before);
      CHECK(verdict(got) == "refused");
      ++asked;
    }
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(timer_now() - began);
    CAPTURE(asked, connects.load(), whole.count());
    CHECK(asked > 200);
    CHECK(connects.load() >= 5);  // it is looked after
    CHECK(connects.load() <= 1 + whole / std::chrono::milliseconds{100});
    CHECK(slowest < std::chrono::milliseconds{50});
  });
}

TEST_CASE("FM-19: a dead address beside a living one costs nobody an answer, and few connects") {
  ScriptedOrigin living;
  config::Upstream settings = dead_origin();
  settings.servers.push_back(living.server());
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    const auto began = timer_now();
    int asked = 0;
    while (timer_now() - began < std::chrono::milliseconds{500}) {
      const Got got = co_await fetch(t.pool, get("/"));
      CHECK(verdict(got) == "ok");
      ++asked;
    }
    CAPTURE(asked, connects.load());
    CHECK(connects.load() >= 1);
    CHECK(connects.load() <= 6);
  });
}
