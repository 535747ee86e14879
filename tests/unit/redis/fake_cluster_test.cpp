// Redirections of a Cluster, by two nodes that say what the test wants.
#include <catch2/catch.hpp>

#include "proxy/redis/cluster.hpp"
#include "proxy/redis/rejection.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_calls.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using namespace std::chrono_literals;
using net::Task;

namespace {

std::string slots_line(unsigned first, unsigned last, const FakeRedis& owner) {
  return "*3\r\n:" + std::to_string(first) + "\r\n:" + std::to_string(last) +
         "\r\n*3\r\n$9\r\n127.0.0.1\r\n:" + std::to_string(owner.address().port) +
         "\r\n$2\r\nid\r\n";
}

std::string place(std::string_view kind, std::string_view key, const FakeRedis& node) {
  return std::string{kind} + " " + std::to_string(hash_slot(key)) +
         " 127.0.0.1:" + std::to_string(node.address().port);
}

/// Two nodes; by the map, `a` owns everything.
struct Stage {
  explicit Stage(Loop& on)
      : loop(on),
        a(on.executor()),
        b(on.executor()),
        cluster(on.executor(), on.deadlines(), settings()) {
    answers_with_map(a);
    answers_with_map(b);
  }

  [[nodiscard]] ClusterSettings settings() const {
    ClusterSettings settings;
    settings.seeds = {b.address(), a.address()};
    settings.connection = unwatched_settings({});
    return settings;
  }
  /// `answer` may be null: as an ordinary server.
  void answers_with_map(FakeRedis& node, FakeRedis::Script answer = nullptr) {
    node.script([this, answer = std::move(answer)](const Words& words) {
      if (words.at(0) == "CLUSTER") return say("*1\r\n" + slots_line(0, 16383, *owner));
      if (words.at(0) == "GET" && answer) return answer(words);
      if (words.at(0) == "GET") return say_bulk("of " + words.at(1));
      if (words.at(0) == "ASKING") return say_status("OK");
      return FakeRedis::ordinary(words);
    });
  }
  [[nodiscard]] Task<void> begin() {
    cluster.start();
    const bool up = co_await cluster.wait_up(kPatient);
    REQUIRE(up);
  }
  [[nodiscard]] Task<void> end() {
    co_await cluster.stop();
    co_await a.stop();
    co_await b.stop();
  }

  Loop& loop;
  FakeRedis a;
  FakeRedis b;
  FakeRedis* owner = &a;
  Cluster cluster;
};

Task<void> follows_moved(Loop& loop) {
  Stage stage{loop};
  co_await stage.begin();
  stage.answers_with_map(
      stage.a, [&](const Words& words) { return say_error(place("MOVED", words.at(1), stage.b)); });
  stage.owner = &stage.b;
  const Result<Reply> first = co_await ask(stage.cluster, "GET", "k");
  CHECK(first->text() == "of k");
  CHECK(stage.a.seen_of("GET") == 1);
  const Result<Reply> second = co_await ask(stage.cluster, "GET", "k");
  CHECK(second->text() == "of k");
  CHECK(stage.a.seen_of("GET") == 1);
  CHECK(stage.b.seen_of("GET") == 2);
  co_await stage.end();
}

Task<void> follows_ask_once(Loop& loop) {
  Stage stage{loop};
  co_await stage.begin();
  stage.answers_with_map(
      stage.a, [&](const Words& words) { return say_error(place("ASK", words.at(1), stage.b)); });
  const Result<Reply> reply = co_await ask(stage.cluster, "GET", "k");
  CHECK(reply->text() == "of k");
  const auto& seen = stage.b.seen();
  CHECK(seen.at(seen.size() - 2) == Words{"ASKING"});
  CHECK(seen.back() == Words{"GET", "k"});
  stage.answers_with_map(stage.a);
  const Result<Reply> after = co_await ask(stage.cluster, "GET", "k");
  CHECK(after);
  CHECK(stage.a.seen_of("GET") == 2);
  CHECK(stage.b.seen_of("GET") == 1);
  co_await stage.end();
}

Task<void> tries_again(Loop& loop) {
  Stage stage{loop};
  co_await stage.begin();
  stage.answers_with_map(stage.a, [&](const Words& words) {
    if (stage.a.seen_of("GET") <= 3) return say_error("TRYAGAIN Multiple keys");
    return say_bulk("of " + words.at(1));
  });
  const Result<Reply> reply = co_await ask(stage.cluster, "GET", "k");
  CHECK(reply->text() == "of k");
  CHECK(stage.a.seen_of("GET") == 4);

  // For ever it ends with the command's time.
  stage.answers_with_map(stage.a, [](const Words&) { return say_error("TRYAGAIN for ever"); });
  const std::array<std::string_view, 2> args{"GET", "k"};
  const auto asked = timer_now();
  const Result<Reply> never = co_await stage.cluster.call_within(args, 100ms);
  CHECK(is_rejection(never.error(), "TRYAGAIN"));
  CHECK(timer_now() - asked < 5s);
  co_await stage.end();
}

Task<void> does_not_run_in_circles(Loop& loop) {
  Stage stage{loop};
  co_await stage.begin();
  stage.answers_with_map(
      stage.a, [&](const Words& words) { return say_error(place("MOVED", words.at(1), stage.b)); });
  stage.answers_with_map(
      stage.b, [&](const Words& words) { return say_error(place("MOVED", words.at(1), stage.a)); });
  const std::array<std::string_view, 2> args{"GET", "k"};
  const Result<Reply> never = co_await stage.cluster.call_within(args, 100ms);
  CHECK(is_rejection(never.error(), "MOVED"));
  CHECK(stage.a.seen_of("GET") + stage.b.seen_of("GET") < 20);
  co_await stage.end();
}

Task<void> survives_nonsense(Loop& loop) {
  Stage stage{loop};
  co_await stage.begin();
  for (const char* text : {"MOVED", "MOVED 1", "ASK 99999 h:1", "MOVED 1 h:x"}) {
    stage.answers_with_map(stage.a, [text](const Words&) { return say_error(text); });
    const Result<Reply> reply = co_await ask(stage.cluster, "GET", "k");
    CHECK(reply.error().code == ErrorCode::Rejected);
  }
  stage.answers_with_map(stage.a);
  const Result<Reply> fine = co_await ask(stage.cluster, "GET", "k");
  CHECK(fine);
  co_await stage.end();
}

Task<void> cluster_down_opens_the_breaker(Loop& loop) {
  Stage stage{loop};
  co_await stage.begin();
  stage.answers_with_map(stage.a, [](const Words&) { return say_error("CLUSTERDOWN is down"); });
  const Result<Reply> down = co_await ask(stage.cluster, "GET", "k");
  CHECK(is_rejection(down.error(), "CLUSTERDOWN"));
  const Result<Reply> refused = co_await ask(stage.cluster, "GET", "k");
  CHECK(refused.error().code == ErrorCode::Unavailable);
  CHECK(stage.a.seen_of("GET") == 1);
  co_await stage.end();
}

Task<void> a_seed_is_down(Loop& loop) {
  Stage stage{loop};
  stage.b.refuse();
  co_await stage.begin();
  const Result<Reply> reply = co_await ask(stage.cluster, "GET", "k");
  CHECK(reply->text() == "of k");
  co_await stage.end();
}

}  // namespace

TEST_CASE("MOVED is followed and remembered", "[FM-08]") {
  Loop loop;
  loop.run(follows_moved(loop));
}

TEST_CASE("ASK is followed this once, behind ASKING", "[FM-08]") {
  Loop loop;
  loop.run(follows_ask_once(loop));
}

TEST_CASE("TRYAGAIN is tried again while there is time", "[FM-08]") {
  Loop loop;
  loop.run(tries_again(loop));
}

TEST_CASE("two nodes that send to each other end with an error", "[FM-08]") {
  Loop loop;
  loop.run(does_not_run_in_circles(loop));
}

TEST_CASE("redirections that make no sense lead nowhere", "[FM-16]") {
  Loop loop;
  loop.run(survives_nonsense(loop));
}

TEST_CASE("CLUSTERDOWN is the node's breaker", "[FM-08]") {
  Loop loop;
  loop.run(cluster_down_opens_the_breaker(loop));
}

TEST_CASE("a Cluster is found though the first seed is down", "[FM-08]") {
  Loop loop;
  loop.run(a_seed_is_down(loop));
}
