#include "proxy/cache/failure_board.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using cache::FailureBoard;

namespace {

constexpr SteadyTime kStart{Millis{1000}};

Error timeout() { return {ErrorCode::Timeout, Side::Upstream, Retry::No, "no answer head"}; }

}  // namespace

TEST_CASE("a failure is told until its time has passed, for its slot only") {
  FailureBoard board;
  CHECK_FALSE(board.find("a", kStart));
  board.remember("a", timeout(), kStart + Millis{500});
  REQUIRE(board.find("a", kStart));
  CHECK(board.find("a", kStart)->code == ErrorCode::Timeout);
  CHECK_FALSE(board.find("b", kStart));
  CHECK(board.find("a", kStart + Millis{499}));
  CHECK_FALSE(board.find("a", kStart + Millis{500}));
  board.remember("a", timeout(), kStart + Millis{900});
  CHECK(board.find("a", kStart + Millis{500}));
}

TEST_CASE("the board is bounded") {
  FailureBoard board;
  for (std::size_t n = 0; n <= FailureBoard::kMost; ++n) {
    board.remember(std::to_string(n), timeout(), kStart + Millis{500});
  }
  CHECK(board.find(std::to_string(FailureBoard::kMost), kStart));
  CHECK_FALSE(board.find("0", kStart));
}
