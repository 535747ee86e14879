// A stream over a socket pair: what ends an operation, and what the next one then says.
#include <catch2/catch.hpp>

#include <sys/socket.h>

#include <array>
#include <optional>
#include <vector>

#include <boost/asio/local/stream_protocol.hpp>

#include "proxy/net/notifier.hpp"
#include "proxy/net/stream.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/raw_socket.hpp"

using namespace wf;
using namespace std::chrono_literals;
using net::Task;
namespace asio = boost::asio;

namespace {

/// Ours and the peer's end.
struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    net::Socket socket{loop.executor(), asio::local::stream_protocol{}, ends[0]};
    stream.emplace(std::move(socket), loop.deadlines(), Side::Client);
    peer = test::RawSocket{ends[1]};
  }
  void run(Task<void> (*story)(Pair&)) { loop.run(story(*this)); }

  test::Loop loop;
  std::optional<net::Stream> stream;
  test::RawSocket peer;
};

Task<Result<std::string>> read(Pair& pair) {
  std::array<char, 64> room{};
  const auto n = co_await pair.stream->read_some(asio::buffer(room));
  if (!n) co_return n.error();
  co_return std::string{room.data(), *n};
}

/// What the read of an aborted, expired or ended stream says.
Task<void> read_fails(Pair& pair, ErrorCode code) {
  const auto got = co_await read(pair);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == code);
  CHECK(got.error().side == Side::Client);
}

Task<void> reads_and_the_end(Pair& pair) {
  CHECK_FALSE(pair.stream->readable());
  CHECK(pair.peer.write("hello"));
  CHECK(pair.stream->readable());
  const auto got = co_await read(pair);
  REQUIRE(got);
  CHECK(*got == "hello");
  pair.peer.half_close();
  CHECK(pair.stream->readable());
  co_await read_fails(pair, ErrorCode::Closed);
}

Task<void> a_deadline_ends_a_read(Pair& pair) {
  pair.stream->expire_in(20ms);
  co_await read_fails(pair, ErrorCode::Timeout);
  CHECK(pair.stream->expired());
  CHECK(pair.peer.write("late"));
  co_await read_fails(pair, ErrorCode::Timeout);
  const auto refused = co_await pair.stream->write(asio::buffer("x", 1));
  CHECK(refused.error().code == ErrorCode::Timeout);

  pair.stream->revive();
  const auto told = co_await pair.stream->write(asio::buffer("why", 3));
  CHECK(told.has_value());
  std::string heard;
  CHECK(pair.peer.read_some(heard));
  CHECK(heard == "why");
  const auto got = co_await read(pair);
  REQUIRE(got);
  CHECK(*got == "late");
}

Task<void> abort_later(Pair& pair) {
  pair.stream->abort();
  co_return;
}

Task<void> an_abort_is_final(Pair& pair) {
  pair.loop.tasks().spawn(abort_later(pair));
  co_await read_fails(pair, ErrorCode::Cancelled);
  pair.stream->revive();
  co_await read_fails(pair, ErrorCode::Cancelled);
  const std::array<asio::const_buffer, 1> one{asio::buffer("x", 1)};
  CHECK(pair.stream->write_now(one).error().code == ErrorCode::Cancelled);
}

Task<void> read_in_pieces(Pair& pair, std::size_t& total) {
  // The peer's blocking reads take turns with the writer on this one thread.
  while (total < (4U << 20U)) {
    std::string piece;
    if (!pair.peer.read_some(piece)) break;
    total += piece.size();
    net::Notifier turn;
    co_await turn.wait(turn.epoch(), net::after(0ms));
  }
}

Task<void> writes_wait_for_the_reader(Pair& pair) {
  const std::string large(4U << 20U, 'x');
  const std::array<asio::const_buffer, 1> whole{asio::buffer(large)};
  const auto taken = pair.stream->write_now(whole);
  REQUIRE(taken);
  CHECK(*taken < large.size());
  const auto none = pair.stream->write_now(whole);
  REQUIRE(none);
  CHECK(*none == 0);

  std::size_t total = 0;
  pair.loop.tasks().spawn(read_in_pieces(pair, total));
  const auto written =
      co_await pair.stream->write(asio::buffer(large.data(), large.size() - *taken));
  CHECK(written.has_value());
  co_await pair.loop.tasks().join();
  CHECK(total == large.size());
}

Task<void> a_reader_that_stops(Pair& pair) {
  const std::string large(4U << 20U, 'x');
  pair.stream->expire_write_in(30ms);
  const auto written = co_await pair.stream->write(asio::buffer(large));
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ErrorCode::Timeout);
}

/// Takes 4 KiB every few milliseconds, as long as there is a peer: about half a megabyte a second.
Task<void> read_slowly(Pair& pair, const bool& writing) {
  std::array<char, 4096> piece{};
  net::Notifier turn;
  while (writing) {
    if (::recv(pair.peer.fd(), piece.data(), piece.size(), MSG_DONTWAIT) == 0) break;
    co_await turn.wait(turn.epoch(), net::after(8ms));
  }
}

Task<void> a_reader_slower_than(Pair& pair, Bytes rate, bool borne) {
  net::Pace pace{150ms, rate};
  bool writing = true;
  pair.loop.tasks().spawn(read_slowly(pair, writing));
  // More than both kernels' buffers by what takes the reader several times its patience.
  const std::string large(std::size_t{640} << 10U, 'x');
  pair.stream->pace_writes(pace);
  const auto written = co_await pair.stream->write(asio::buffer(large));
  pair.stream->never_expire_write();
  writing = false;
  co_await pair.loop.tasks().join();
  REQUIRE(written.has_value() == borne);
  if (!borne) CHECK(written.error().code == ErrorCode::Timeout);
  CHECK(pace.over() == !borne);
}

Task<void> a_reader_that_keeps_to_the_rate(Pair& pair) {
  return a_reader_slower_than(pair, 16_KiB, true);
}

Task<void> a_reader_that_does_not(Pair& pair) { return a_reader_slower_than(pair, 1_GiB, false); }

Task<void> many_buffers(Pair& pair) {
  std::vector<std::string> words;
  for (int i = 0; i < 300; ++i) words.push_back(i % 3 == 0 ? "" : std::to_string(i));
  std::vector<asio::const_buffer> buffers;
  std::string expected;
  for (const std::string& word : words) {
    buffers.push_back(asio::buffer(word));
    expected += word;
  }
  const auto written = co_await pair.stream->write(buffers);
  CHECK(written.has_value());
  pair.stream->shutdown_send();
  std::string heard;
  while (pair.peer.read_some(heard)) {
  }
  CHECK(heard == expected);
}

Task<void> a_peer_that_left(Pair& pair) {
  pair.peer.close();
  const auto written = co_await pair.stream->write(asio::buffer("x", 1));
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ErrorCode::Reset);
}

}  // namespace

TEST_CASE("a stream reads what comes, and an orderly end is Closed") {
  Pair{}.run(reads_and_the_end);
}
TEST_CASE("a deadline ends a read with Timeout; a revived stream can say why") {
  Pair{}.run(a_deadline_ends_a_read);
}
TEST_CASE("an aborted stream stays dead") { Pair{}.run(an_abort_is_final); }
TEST_CASE("a write waits until the peer has read") { Pair{}.run(writes_wait_for_the_reader); }
TEST_CASE("a write to a peer that reads too slowly ends, one that keeps to the rate does not") {
  Pair{}.run(a_reader_that_keeps_to_the_rate);
  Pair{}.run(a_reader_that_does_not);
}
TEST_CASE("a write to a peer that stops reading ends at its deadline") {
  Pair{}.run(a_reader_that_stops);
}
TEST_CASE("more buffers than one system call takes, empty ones among them") {
  Pair{}.run(many_buffers);
}
TEST_CASE("a write to a peer that left is Reset, and no signal") { Pair{}.run(a_peer_that_left); }
