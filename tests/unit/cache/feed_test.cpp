// A body read while it arrives: by whom, from where, and how it can end.
#include <catch2/catch.hpp>

#include "proxy/cache/body_feed.hpp"
#include "tests/support/loop.hpp"

using namespace wf;
using cache::BodyFeed;
using net::Task;

namespace {

constexpr std::size_t kWindow = 10;

Chunk chunk(std::string_view text) { return Chunk::copy_of(text); }

/// Everything up to the end, then "." or "!" for how it ended.
Task<void> read_all(BodyFeed::Reader& reader, std::string& text) {
  for (;;) {
    const Result<BodyFeed::Next> next = co_await reader.next();
    if (!next) {
      text += '!';
      co_return;
    }
    if (next->at_end()) {
      text += '.';
      co_return;
    }
    if (!next->stored.empty()) {
      text +=
          '[' + std::to_string(next->stored.begin) + '-' + std::to_string(next->stored.end) + ']';
      reader.skip(next->stored.size());
    }
    text += next->chunk.view();
  }
}

/// Writes `pieces` pieces of four bytes and waits for room after each, as a fill does.
Task<void> write_on(BodyFeed& feed, int pieces, int& written, bool& gave_up) {
  for (int i = 0; i < pieces; ++i) {
    feed.push(chunk("abcd"));
    ++written;
    if (!co_await feed.wait_for_room()) {
      gave_up = true;
      co_return;
    }
  }
  feed.finish();
}

/// Lets everything that is ready run.
Task<void> settle() {
  net::Notifier turn;
  for (int i = 0; i < 5; ++i) {
    co_await turn.wait(turn.epoch(), net::after(std::chrono::milliseconds{0}));
  }
}

Task<void> late_readers_begin_at_the_start(test::Loop& loop) {
  BodyFeed feed{kWindow};
  auto early = feed.join();
  feed.push(chunk("one "));
  feed.push(chunk("two "));
  auto late = feed.join();
  std::string first;
  std::string second;
  loop.tasks().spawn(read_all(*early, first));
  loop.tasks().spawn(read_all(*late, second));
  co_await settle();
  CHECK(first == "one two ");
  feed.push(chunk("three"));
  feed.finish();
  co_await loop.tasks().join();
  CHECK(first == "one two three.");
  CHECK(second == "one two three.");
  auto last = feed.join();
  REQUIRE(last);
  std::string third;
  co_await read_all(*last, third);
  CHECK(third == "one two three.");
  CHECK(feed.size() == 13);
  CHECK(feed.chunks().size() == 3);
}

Task<void> what_is_kept_waits_for_nobody(test::Loop&) {
  BodyFeed feed{kWindow};
  auto idle = feed.join();
  int written = 0;
  bool gave_up = false;
  co_await write_on(feed, 100, written, gave_up);
  CHECK(written == 100);
  CHECK_FALSE(gave_up);
}

Task<void> the_writer_waits_for_the_slowest(test::Loop& loop) {
  BodyFeed feed{kWindow};
  auto fast = feed.join();
  auto slow = feed.join();
  feed.stop_keeping();
  int written = 0;
  bool gave_up = false;
  std::string text;
  loop.tasks().spawn(write_on(feed, 20, written, gave_up));
  loop.tasks().spawn(read_all(*fast, text));
  co_await settle();
  CHECK(written == 3);
  CHECK(text.size() == 12);
  const auto piece = co_await slow->next();
  CHECK(piece->chunk.view() == "abcd");
  co_await settle();
  CHECK(written == 4);
  // The first chunk is gone: nobody can begin at the start any more.
  CHECK_FALSE(feed.join());
  slow.reset();
  co_await loop.tasks().join();
  CHECK(written == 20);
  CHECK(text.size() == 81);
  CHECK(text.back() == '.');
}

Task<void> what_is_stored_need_not_be_kept(test::Loop& loop) {
  BodyFeed feed{kWindow};
  auto slow = feed.join();
  feed.keep_unstored();
  for (int i = 0; i < 10; ++i) {
    feed.push(chunk("abcd"));
    const bool room = co_await feed.wait_for_room();
    CHECK(room);
  }
  // Nothing was stored: all is there. Then all but a window can be read elsewhere.
  auto next = co_await slow->next();
  CHECK(next->chunk.view() == "abcd");
  feed.stored(36);
  std::string text;
  loop.tasks().spawn(read_all(*slow, text));
  co_await settle();
  CHECK(text == "[4-28]abcdabcdabcd");
  auto late = feed.join();
  REQUIRE(late);
  next = co_await late->next();
  CHECK(next->stored == cache::ByteSpan{0, 28});
  feed.finish();
  co_await loop.tasks().join();
  CHECK(text == "[4-28]abcdabcdabcd.");
}

Task<void> who_reads_from_the_store_is_waited_for(test::Loop& loop) {
  BodyFeed feed{kWindow};
  auto slow = feed.join();
  feed.keep_unstored();
  for (int i = 0; i < 10; ++i) feed.push(chunk("abcd"));
  feed.stored(40);
  // The store fails: from here on the slowest must not lose a byte.
  feed.stop_keeping();
  int written = 0;
  bool gave_up = false;
  loop.tasks().spawn(write_on(feed, 5, written, gave_up));
  co_await settle();
  CHECK(written == 1);
  CHECK_FALSE(feed.join());
  std::string text;
  co_await read_all(*slow, text);
  CHECK(text == "[0-28]" + std::string("abcdabcdabcd") + "abcdabcdabcdabcdabcd.");
  CHECK_FALSE(gave_up);
}

Task<void> the_writer_gives_up_when_all_have_left(test::Loop& loop) {
  BodyFeed feed{kWindow};
  auto reader = feed.join();
  feed.stop_keeping();
  int written = 0;
  bool gave_up = false;
  loop.tasks().spawn(write_on(feed, 20, written, gave_up));
  co_await settle();
  CHECK_FALSE(gave_up);
  reader.reset();
  // Who comes now would only be told that the body broke off.
  CHECK_FALSE(feed.join());
  co_await loop.tasks().join();
  CHECK(gave_up);
  CHECK(written == 3);
}

Task<void> too_large_after_all(test::Loop& loop) {
  BodyFeed feed{kWindow};
  auto reader = feed.join();
  int written = 0;
  bool gave_up = false;
  for (int i = 0; i < 10; ++i) feed.push(chunk("abcd"));
  feed.stop_keeping();
  loop.tasks().spawn(write_on(feed, 5, written, gave_up));
  co_await settle();
  CHECK(written == 1);
  std::string text;
  co_await read_all(*reader, text);
  CHECK(text.size() == 61);
}

Task<void> failure_comes_after_what_arrived(test::Loop&) {
  BodyFeed feed{kWindow};
  auto reader = feed.join();
  feed.push(chunk("half"));
  feed.fail({ErrorCode::Reset, Side::Upstream, Retry::No, "cut"});
  feed.fail({ErrorCode::Cancelled, Side::Self, Retry::No, "later"});
  std::string text;
  co_await read_all(*reader, text);
  CHECK(text == "half!");
  const auto again = co_await reader->next();
  CHECK(again.error().code == ErrorCode::Reset);
  CHECK(feed.failed());
  // A newcomer had better ask anew.
  CHECK_FALSE(feed.join());
}

Task<void> an_end_is_an_end(test::Loop&) {
  BodyFeed feed{kWindow};
  auto reader = feed.join();
  feed.finish();
  feed.fail({ErrorCode::Cancelled, Side::Self, Retry::No, "too late"});
  std::string text;
  co_await read_all(*reader, text);
  CHECK(text == ".");
}

void play(Task<void> (*story)(test::Loop&)) {
  test::Loop loop;
  loop.run(story(loop));
}

}  // namespace

TEST_CASE("readers begin at the first byte whenever they come") {
  play(late_readers_begin_at_the_start);
}
TEST_CASE("while chunks are kept the writer waits for nobody") {
  play(what_is_kept_waits_for_nobody);
}
TEST_CASE("once chunks are dropped the writer is at most a window ahead of the slowest") {
  play(the_writer_waits_for_the_slowest);
}
TEST_CASE("what is stored is not kept, and readers are told where it is") {
  play(what_is_stored_need_not_be_kept);
}
TEST_CASE("who still reads from the store is waited for when storing fails") {
  play(who_reads_from_the_store_is_waited_for);
}
TEST_CASE("a writer whom nobody reads gives up, and nobody joins it then") {
  play(the_writer_gives_up_when_all_have_left);
}
TEST_CASE("what was kept before counts towards the window") { play(too_large_after_all); }
TEST_CASE("a body that breaks off is never a clean end") { play(failure_comes_after_what_arrived); }
TEST_CASE("a finished body cannot fail any more") { play(an_end_is_an_end); }
