#include <catch2/catch.hpp>

#include "proxy/cache/wake_board.hpp"

using namespace wf;
using cache::WakeBoard;

TEST_CASE("who watches a name is woken by it, and by a link that is back") {
  WakeBoard board;
  const auto one = board.watch("one");
  const auto same = board.watch("one");
  const auto other = board.watch("other");
  CHECK(one == same);
  const auto before = one->epoch();
  board.wake("one");
  CHECK(one->epoch() == before + 1);
  CHECK(other->epoch() == 0);
  board.wake("nobody's");
  board.wake_all();
  CHECK(one->epoch() == before + 2);
  CHECK(other->epoch() == 1);
}

TEST_CASE("names that nobody watches are forgotten, those that are watched are not") {
  WakeBoard board;
  const auto kept = board.watch("kept");
  for (int i = 0; i < 10'000; ++i) (void)board.watch(std::to_string(i));
  CHECK(board.size() <= WakeBoard::kFirstSweep);
  board.wake("kept");
  CHECK(kept->epoch() == 1);

  std::vector<std::shared_ptr<net::Notifier>> many;
  for (int i = 0; i < 1000; ++i) many.push_back(board.watch(std::to_string(i)));
  many.clear();
  for (int i = 0; i < 5000; ++i) (void)board.watch("again " + std::to_string(i));
  CHECK(board.size() <= 2 * WakeBoard::kFirstSweep);
}
