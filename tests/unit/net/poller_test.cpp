// Edges of socket pairs: who is woken, and what a loop that ends does with those who still wait.
#include "proxy/net/poller.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

using namespace wf;
using net::Readiness;
using net::Task;
namespace asio = boost::asio;
using Side = Readiness::Side;

namespace {

/// A watched socket and its peer.
struct Watched {
  explicit Watched(net::Executor executor) {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    readiness.emplace(executor, ends[0]);
  }
  ~Watched() {
    readiness.reset();
    ::close(ends[0]);
    if (ends[1] != -1) ::close(ends[1]);
  }
  void say(std::string_view text) const {
    REQUIRE(::send(ends[1], text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  void leave() { ::close(std::exchange(ends[1], -1)); }
  std::string take() const {
    std::array<char, 64> room{};
    const ssize_t n = ::recv(ends[0], room.data(), room.size(), 0);
    return {room.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
  }

  std::array<int, 2> ends{-1, -1};
  std::optional<Readiness> readiness;
};

struct Loop {
  void spawn(Task<void> task) {
    asio::co_spawn(context, std::move(task), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }
  asio::io_context context{1};
};

Task<void> read_to_end(Watched& at, std::vector<std::string>& heard) {
  for (;;) {
    if (!at.readiness->may(Side::Read)) co_await at.readiness->edge(Side::Read);
    heard.push_back(at.take());
    if (heard.back().empty()) co_return;
    at.readiness->exhausted(Side::Read);
  }
}

Task<void> one_edge(Watched& at, int& woken) {
  co_await at.readiness->edge(Side::Read);
  ++woken;
}

}  // namespace

TEST_CASE("a reader is woken by each arrival, and by the end that came with the last") {
  Loop loop;
  Watched at{loop.context.get_executor()};
  std::vector<std::string> heard;
  loop.spawn(read_to_end(at, heard));
  loop.context.poll();
  CHECK(heard.empty());
  at.say("one");
  loop.context.poll();
  CHECK(heard == std::vector<std::string>{"one"});
  at.say("two");
  at.leave();
  loop.context.run();
  CHECK(heard == std::vector<std::string>{"one", "two", ""});
}

TEST_CASE("a loop in which nobody waits ends, whatever is watched") {
  Loop loop;
  Watched at{loop.context.get_executor()};
  at.say("unheard");
  CHECK(loop.context.run() == 0);
}

TEST_CASE("a wake ends both waits without an edge, from the loop and not from the caller") {
  Loop loop;
  Watched at{loop.context.get_executor()};
  int woken = 0;
  loop.spawn(one_edge(at, woken));
  loop.context.poll();
  at.readiness->wake();
  CHECK(woken == 0);
  loop.context.run();
  CHECK(woken == 1);
  at.readiness->wake();  // nobody waits
  CHECK(woken == 1);
}

namespace {

/// The first to be woken destroys all others of the same turn.
Task<void> destroy_the_others(std::vector<std::unique_ptr<Watched>>& all, std::size_t mine) {
  co_await all[mine]->readiness->edge(Side::Read);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i != mine) all[i].reset();
  }
}

}  // namespace

TEST_CASE("what is destroyed in the turn that would have told it is not told") {
  Loop loop;
  std::vector<std::unique_ptr<Watched>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(std::make_unique<Watched>(loop.context.get_executor()));
  }
  loop.spawn(destroy_the_others(all, 3));
  loop.context.poll();
  for (const auto& one : all) one->say("now");
  loop.context.run();
  CHECK(all[3] != nullptr);
  CHECK(all[4] == nullptr);
}

namespace {

Task<void> wait_with_a_socket_of_its_own(std::shared_ptr<int> alive) {
  Watched at{co_await asio::this_coro::executor};
  co_await at.readiness->edge(Side::Read);
  ++*alive;
}

Task<void> noted_before_anybody_goes_on(Watched& first, Watched& second) {
  const std::uint64_t looks = second.readiness->looks();
  first.say("x");
  second.say("y");
  co_await first.readiness->edge(Side::Read);
  CHECK(second.readiness->may(Side::Read));
  CHECK(second.readiness->looks() != looks);
}

}  // namespace

TEST_CASE("a loop that is destroyed destroys the coroutines that wait in it") {
  const auto alive = std::make_shared<int>(0);
  {
    Loop loop;
    for (int i = 0; i < 3; ++i) loop.spawn(wait_with_a_socket_of_its_own(alive));
    loop.context.poll();
    CHECK(alive.use_count() == 4);
  }
  CHECK(alive.use_count() == 1);
  CHECK(*alive == 0);
}

TEST_CASE("all that a look has told is known before anybody goes on") {
  Loop loop;
  Watched first{loop.context.get_executor()};
  Watched second{loop.context.get_executor()};
  loop.spawn(noted_before_anybody_goes_on(first, second));
  loop.context.run();
}
