#include "proxy/redis/pipeline.hpp"

#include <memory>

#include <catch2/catch.hpp>

#include "tests/support/show_result.hpp"

using namespace wf;
using namespace wf::redis;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint at(std::chrono::milliseconds time) { return TimePoint{} + time; }

class Caller final : public Waiter {
 public:
  void on_result(Result<Reply> result) noexcept override {
    ++told;
    last = std::move(result);
  }
  int told = 0;
  Result<Reply> last{Reply::nil()};
};

Result<void> push(Pipeline& pipeline, std::string_view word, Caller* caller,
                  TimePoint deadline = at(50ms)) {
  const std::vector<std::string_view> args{word};
  return pipeline.push(args, {at(0ms), deadline}, caller);
}

std::string sent(Pipeline& pipeline) {
  std::string bytes;
  pipeline.take_output(bytes);
  return bytes;
}

}  // namespace

TEST_CASE("replies go to callers in the order of the commands") {
  Pipeline pipeline;
  Caller a, b;
  REQUIRE(push(pipeline, "A", &a));
  REQUIRE(push(pipeline, "B", &b));
  CHECK(sent(pipeline) == "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
  CHECK_FALSE(pipeline.has_output());
  REQUIRE(pipeline.on_reply(Reply::integer(1)));
  CHECK(a.last->integer() == 1);
  CHECK(b.told == 0);
  REQUIRE(pipeline.on_reply(Reply::integer(2)));
  CHECK(b.last->integer() == 2);
  CHECK(pipeline.in_flight() == 0);
}

TEST_CASE("a caller that leaves does not shift the replies", "[FM-16]") {
  Pipeline pipeline;
  Caller a, c;
  auto b = std::make_unique<Caller>();
  REQUIRE(push(pipeline, "A", &a));
  REQUIRE(push(pipeline, "B", b.get()));
  REQUIRE(push(pipeline, "C", &c));
  (void)sent(pipeline);
  b.reset();
  CHECK(pipeline.in_flight() == 3);
  for (int i = 1; i <= 3; ++i) REQUIRE(pipeline.on_reply(Reply::integer(i)));
  CHECK(a.last->integer() == 1);
  CHECK(c.last->integer() == 3);
}

TEST_CASE("a caller that timed out does not shift the replies", "[FM-16]") {
  Pipeline pipeline;
  Caller a, b, c;
  REQUIRE(push(pipeline, "A", &a, at(50ms)));
  REQUIRE(push(pipeline, "B", &b, at(20ms)));
  REQUIRE(push(pipeline, "C", &c, at(80ms)));
  (void)sent(pipeline);
  CHECK(pipeline.next_deadline() == at(20ms));
  CHECK(pipeline.expire(at(19ms)) == 0);
  CHECK(pipeline.expire(at(50ms)) == 2);
  CHECK(a.last.error().code == ErrorCode::Timeout);
  CHECK(a.last.error().retry == Retry::No);
  CHECK(b.last.error().code == ErrorCode::Timeout);
  CHECK(pipeline.next_deadline() == at(80ms));
  for (int i = 1; i <= 3; ++i) REQUIRE(pipeline.on_reply(Reply::integer(i)));
  CHECK(c.last->integer() == 3);
  CHECK(a.told == 1);
  CHECK(b.told == 1);
}

TEST_CASE("a reply that nobody asked for is noticed", "[FM-16]") {
  Pipeline pipeline;
  CHECK(pipeline.on_reply(Reply::nil()).error().code == ErrorCode::Malformed);

  Caller a;
  REQUIRE(push(pipeline, "A", &a));
  CHECK_FALSE(pipeline.on_reply(Reply::nil()));  // its bytes have not left yet
  CHECK(a.told == 0);
  (void)sent(pipeline);
  CHECK(pipeline.on_reply(Reply::nil()));
  CHECK_FALSE(pipeline.on_reply(Reply::nil()));
}

TEST_CASE("when the connection is lost only what never left may be tried again") {
  Pipeline pipeline;
  Caller sent_one, unsent_one;
  REQUIRE(push(pipeline, "A", &sent_one));
  (void)sent(pipeline);
  REQUIRE(push(pipeline, "B", &unsent_one));
  pipeline.fail_all({ErrorCode::Reset, Side::Store, Retry::No, "gone"});
  CHECK(sent_one.last.error().retry == Retry::No);
  CHECK(unsent_one.last.error().retry == Retry::Safe);
  CHECK(unsent_one.last.error().detail == "gone");
  CHECK_FALSE(pipeline.has_output());
  CHECK(pipeline.next_deadline() == TimePoint::max());
}

TEST_CASE("what is in flight is bounded, tombstones included", "[FM-02]") {
  Pipeline pipeline{{2, 1_MiB}};
  Caller a, b, c;
  REQUIRE(push(pipeline, "A", &a));
  REQUIRE(push(pipeline, "B", &b));
  (void)sent(pipeline);
  CHECK(pipeline.expire(at(50ms)) == 2);
  const auto refused = push(pipeline, "C", &c);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::Unavailable);
  CHECK(refused.error().retry == Retry::Safe);
  CHECK(c.told == 0);
  CHECK_FALSE(pipeline.has_output());
  REQUIRE(pipeline.on_reply(Reply::nil()));
  CHECK(push(pipeline, "C", &c));
}

TEST_CASE("unsent bytes are bounded, but one large command may go") {
  Pipeline pipeline{{1024, 1_KiB}};
  const std::string large(5000, 'x');
  Caller a, b, c;
  CHECK(push(pipeline, large, &a));
  CHECK_FALSE(push(pipeline, "B", &b));
  (void)sent(pipeline);
  CHECK(push(pipeline, "C", &c));
}

TEST_CASE("commands that nobody waits for keep their place") {
  Pipeline pipeline;
  Caller a;
  REQUIRE(push(pipeline, "PING", nullptr));
  REQUIRE(push(pipeline, "A", &a));
  (void)sent(pipeline);
  CHECK(pipeline.waiting_since() == at(0ms));
  CHECK(pipeline.expire(at(10ms)) == 0);
  REQUIRE(pipeline.on_reply(Reply::status("PONG")));
  CHECK(a.told == 0);
  REQUIRE(pipeline.on_reply(Reply::integer(7)));
  CHECK(a.last->integer() == 7);
  CHECK_FALSE(pipeline.waiting_since());
}

TEST_CASE("places stay right when the ring wraps around") {
  Pipeline pipeline{{4, 1_MiB}};
  for (int round = 0; round < 25; ++round) {
    Caller a, c;
    auto b = std::make_unique<Caller>();
    REQUIRE(push(pipeline, "A", &a));
    REQUIRE(push(pipeline, "B", b.get()));
    REQUIRE(push(pipeline, "C", &c));
    (void)sent(pipeline);
    b.reset();
    for (int i = 0; i < 3; ++i) REQUIRE(pipeline.on_reply(Reply::integer(i)));
    CHECK(a.last->integer() == 0);
    CHECK(c.last->integer() == 2);
  }
}

TEST_CASE("a pipeline that ends tells those who still wait") {
  Caller a;
  {
    Pipeline pipeline;
    REQUIRE(push(pipeline, "A", &a));
  }
  CHECK(a.last.error().code == ErrorCode::Cancelled);
}
