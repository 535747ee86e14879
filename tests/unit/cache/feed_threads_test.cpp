// One writer, readers on several threads that come and go (for TSan too).
#include <catch2/catch.hpp>

#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "proxy/cache/body_feed.hpp"
#include "tests/support/threads.hpp"

using namespace wf;
using cache::BodyFeed;
using net::Task;

namespace {

constexpr std::size_t kWindow = 4096;
constexpr int kPieces = 400;
constexpr int kReaders = 24;  // per thread

/// The byte at a place in the body.
char byte_at(std::size_t place) { return static_cast<char>('a' + place * 7 % 26); }

struct Play {
  BodyFeed feed{kWindow};
  std::size_t total = 0;
  std::atomic<int> whole{0};
  std::atomic<int> wrong{0};
  std::atomic<std::size_t> taken{0};
};

std::string piece_at(std::size_t from, std::size_t size) {
  std::string piece(size, '\0');
  for (std::size_t i = 0; i < size; ++i) piece[i] = byte_at(from + i);
  return piece;
}

/// Reads to the end, or leaves after `patience` pieces.
Task<void> read(Play& play, BodyFeed::Reader reader, int patience) {
  std::size_t at = 0;
  for (int n = 0; n < patience; ++n) {
    const Result<BodyFeed::Next> next = co_await reader.next();
    if (!next) {
      ++play.wrong;
      co_return;
    }
    if (next->at_end()) {
      if (at == play.total) ++play.whole;
      co_return;
    }
    // What is in the store is right by itself; it is not what is tested here.
    reader.skip(next->stored.size());
    const Chunk& piece = next->chunk;
    if (piece.view() != piece_at(at + next->stored.size(), piece.size())) ++play.wrong;
    at += piece.size() + next->stored.size();
    play.taken += piece.size();
  }
}

/// What is not kept beyond piece `keep`.
enum class Then : std::uint8_t { Unread, Stored };

Task<void> write(Play& play, std::vector<std::size_t> sizes, int keep, Then then, bool& behind) {
  std::size_t at = 0;
  for (int i = 0; i < kPieces; ++i) {
    if (i >= keep && then == Then::Stored) {
      play.feed.keep_unstored();
      play.feed.stored(at);
    }
    if (i == keep && then == Then::Unread) play.feed.stop_keeping();
    const std::size_t size = sizes[static_cast<std::size_t>(i)];
    play.feed.push(Chunk::copy_of(piece_at(at, size)));
    at += size;
    if (!co_await play.feed.wait_for_room()) {
      play.feed.fail({ErrorCode::Cancelled, Side::Client, Retry::No, {}});
      co_return;
    }
  }
  behind = true;
  play.feed.finish();
}

Task<void> nothing() { co_return; }

/// Half of the readers leave midway; chunks are kept up to piece `keep`.
void run(int keep, Then then) {
  Play play;
  std::mt19937 chance{11};
  std::vector<std::size_t> sizes;
  for (int i = 0; i < kPieces; ++i) {
    sizes.push_back(1 + chance() % 600);
    play.total += sizes.back();
  }
  bool finished = false;
  std::vector<BodyFeed::Reader> readers;
  for (int i = 0; i < 3 * kReaders; ++i) readers.push_back(std::move(*play.feed.join()));
  test::Threads threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.start([&play, &readers, thread](test::Loop& loop) {
      for (int i = 0; i < kReaders; ++i) {
        auto& mine =
            readers[static_cast<std::size_t>(thread) * kReaders + static_cast<std::size_t>(i)];
        const int patience = i % 2 == 0 ? kPieces * 2 : i;
        loop.tasks().spawn(read(play, std::move(mine), patience));
      }
      return nothing();
    });
  }
  threads.start([&](test::Loop&) { return write(play, sizes, keep, then, finished); });
  threads.join();
  CHECK(finished);
  CHECK(play.wrong == 0);
  // From the store they get much at once: then some of the impatient come to the end as well.
  CHECK(play.whole >= 3 * kReaders / 2);
  if (then == Then::Unread) CHECK(play.whole == 3 * kReaders / 2);
}

}  // namespace

TEST_CASE("readers on several threads all get every byte in order") { run(kPieces, Then::Unread); }
TEST_CASE("so they do where nothing is kept") { run(0, Then::Unread); }
TEST_CASE("so they do where the body turns out too large") { run(kPieces / 2, Then::Unread); }
TEST_CASE("so they do where the store has what is not kept") { run(0, Then::Stored); }
