// One response, framed for the client that asked.
#include <thread>

#include <catch2/catch.hpp>

#include "proxy/server/responder.hpp"
#include "tests/unit/server/pair.hpp"

using namespace wf;
using namespace std::chrono_literals;
using net::Task;
using server::AnswerTo;
using server::Responder;
using server::testing::Pair;

namespace {

const net::Pace kPatient{5s, 1_KiB};

const std::string kHead = "HTTP/1.1 200 OK\r\nX: y\r\n";

/// A whole answer in pieces.
Task<void> streamed(Responder& out, std::string head, std::optional<std::uint64_t> length) {
  out.start(std::move(head), length);
  for (const char* piece : {"hello ", "", "world"}) {
    const auto written = co_await out.write(piece);
    CHECK(written.has_value());
  }
  const auto finished = co_await out.finish();
  CHECK(finished.has_value());
}

std::string stream_to(AnswerTo to, std::optional<std::uint64_t> length, std::string head = kHead,
                      bool* keeps = nullptr) {
  Pair pair;
  Responder out{*pair.stream, kPatient};
  out.begin(to);
  pair.loop.run(streamed(out, std::move(head), length));
  if (keeps != nullptr) *keeps = out.keep_alive();
  const std::string heard = pair.heard();
  CHECK(out.bytes() == heard.size());
  return heard;
}

Task<void> sent(Responder& out, std::string head, std::vector<Chunk> body) {
  const auto done = co_await out.send(head, "Age: 3\r\n", BodyView{body});
  CHECK(done.has_value());
}

std::string send_to(AnswerTo to, std::string head, std::vector<Chunk> body) {
  Pair pair;
  Responder out{*pair.stream, kPatient};
  out.begin(to);
  pair.loop.run(sent(out, std::move(head), std::move(body)));
  CHECK(out.started());
  return pair.heard();
}

Task<void> interim(Responder& out) {
  const std::vector<Field> link{{"Link", "</a>"}};
  const auto done = co_await out.interim(103, link);
  CHECK(done.has_value());
}

Task<void> never_read(Responder& out) {
  const std::vector<Chunk> body{Chunk::copy_of(std::string(8U << 20U, 'x'))};
  const auto done = co_await out.send(kHead, {}, BodyView{body});
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::Timeout);
  CHECK(done.error().side == Side::Client);
}

std::string last_piece_to(AnswerTo to, std::optional<std::uint64_t> length) {
  Pair pair;
  Responder out{*pair.stream, kPatient};
  out.begin(to);
  out.start(kHead, length);
  CHECK(out.write_last_now("hello").has_value());
  CHECK_FALSE(out.unsent());
  return pair.heard();
}

Task<void> rest_of(Responder& out) {
  const auto done = co_await out.send_rest();
  CHECK(done.has_value());
}

}  // namespace

TEST_CASE("an answer that the kernel takes whole has left when send_now returns") {
  Pair pair;
  Responder out{*pair.stream, kPatient};
  out.begin({11, false, false});
  std::string extra = "Age: 3\r\n";
  const std::vector<Chunk> body{Chunk::copy_of("hello")};
  CHECK(out.send_now(kHead, extra, BodyView{body}, nullptr).has_value());
  CHECK_FALSE(out.unsent());
  CHECK(out.started());
  CHECK(out.status() == 200);
  const std::string heard = pair.heard();
  CHECK(heard == kHead + "Age: 3\r\nConnection: close\r\n\r\nhello");
  CHECK(out.bytes() == heard.size());
}

TEST_CASE("what the kernel does not take at once follows, and its owner lives until then") {
  constexpr std::size_t kSize = 8U << 20U;
  Pair pair;
  Responder out{*pair.stream, kPatient};
  out.begin({});
  std::string extra;
  cache::Draft draft;
  draft.body = {Chunk::copy_of(std::string(kSize, 'x'))};
  draft.body_size = kSize;
  const cache::RecordPtr record = cache::Record::make(std::move(draft));
  CHECK(out.send_now(kHead, extra, record->body(), record).has_value());
  REQUIRE(out.unsent());
  CHECK(record->references() == 2);

  std::string heard;
  std::thread reader{[&] {
    while (heard.size() < kHead.size() + 2 + kSize && pair.peer.read_some(heard)) {
    }
  }};
  pair.loop.run(rest_of(out));
  reader.join();
  CHECK_FALSE(out.unsent());
  CHECK(record->references() == 1);
  CHECK(out.bytes() == heard.size());
  CHECK(heard == kHead + "\r\n" + std::string(kSize, 'x'));
}

TEST_CASE("the last piece and the end leave together") {
  const std::string chunked = kHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  CHECK(last_piece_to({}, std::nullopt) == chunked);
  CHECK(last_piece_to({}, 5) == kHead + "Content-Length: 5\r\n\r\nhello");
  CHECK(last_piece_to({10, false, false}, std::nullopt) ==
        kHead + "Connection: close\r\n\r\nhello");
  CHECK(last_piece_to({11, true, true}, std::nullopt) ==
        kHead + "Transfer-Encoding: chunked\r\n\r\n");
}

TEST_CASE("what the kernel does not take of a piece follows, head and framing with it") {
  const std::string piece(8U << 20U, 'x');
  Pair pair;
  Responder out{*pair.stream, kPatient};
  out.begin({});
  out.start(kHead, std::nullopt);
  CHECK(out.write_last_now(piece).has_value());
  REQUIRE(out.unsent());
  const std::string whole =
      kHead + "Transfer-Encoding: chunked\r\n\r\n800000\r\n" + piece + "\r\n0\r\n\r\n";
  std::string heard;
  std::thread reader{[&] {
    while (heard.size() < whole.size() && pair.peer.read_some(heard)) {
    }
  }};
  pair.loop.run(rest_of(out));
  reader.join();
  CHECK_FALSE(out.unsent());
  CHECK(out.bytes() == whole.size());
  CHECK(heard == whole);
}

TEST_CASE("a body of known length is framed by it") {
  CHECK(stream_to({}, 11) == kHead + "Content-Length: 11\r\n\r\nhello world");
}

TEST_CASE("a body of unknown length is chunked, and no piece ends it early (RFC 9112 §7.1)") {
  CHECK(stream_to({}, std::nullopt) ==
        kHead + "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n");
}

TEST_CASE("a client of HTTP/1.0 gets no chunks: the connection's end is the body's") {
  bool keeps = true;
  CHECK(stream_to({10, false, true}, std::nullopt, kHead, &keeps) ==
        kHead + "Connection: close\r\n\r\nhello world");
  CHECK_FALSE(keeps);
  CHECK(stream_to({10, false, true}, 11, kHead, &keeps) ==
        kHead + "Content-Length: 11\r\nConnection: keep-alive\r\n\r\nhello world");
  CHECK(keeps);
}

TEST_CASE("an answer to HEAD has the fields and no body") {
  CHECK(stream_to({11, true, true}, 11) == kHead + "Content-Length: 11\r\n\r\n");
  CHECK(stream_to({11, true, true}, std::nullopt) == kHead + "Transfer-Encoding: chunked\r\n\r\n");
  CHECK(send_to({11, true, false}, kHead, {Chunk::copy_of("x")}) ==
        kHead + "Age: 3\r\nConnection: close\r\n\r\n");
}

TEST_CASE("204 and 304 have no body, and 204 no length (RFC 9110 §8.6)") {
  const std::string none = "HTTP/1.1 204 No Content\r\n";
  CHECK(stream_to({}, 11, none) == none + "\r\n");
  CHECK(stream_to({}, std::nullopt, none) == none + "\r\n");
  const std::string same = "HTTP/1.1 304 Not Modified\r\n";
  CHECK(stream_to({}, std::nullopt, same) == same + "\r\n");
  CHECK(send_to({}, same, {Chunk::copy_of("x")}) == same + "Age: 3\r\n\r\n");
}

TEST_CASE("a whole response goes out in one piece, of however many chunks") {
  std::vector<Chunk> body;
  std::string text;
  for (int i = 0; i < 100; ++i) {
    body.push_back(Chunk::copy_of(std::to_string(i)));
    text += std::to_string(i);
  }
  CHECK(send_to({}, kHead, body) == kHead + "Age: 3\r\n\r\n" + text);
}

TEST_CASE("interim responses are for HTTP/1.1, and do not begin the answer") {
  for (const unsigned version : {10U, 11U}) {
    Pair pair;
    Responder out{*pair.stream, kPatient};
    out.begin({version, false, true});
    pair.loop.run(interim(out));
    CHECK_FALSE(out.started());
    CHECK(pair.heard() == (version == 10 ? "" : "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"));
  }
}

TEST_CASE("a body that breaks off ends the connection, and not in order if that would be its end") {
  struct Row {
    AnswerTo to;
    std::optional<std::uint64_t> length;
    bool reset;
  };
  for (const Row& row : {Row{{11, false, true}, 99, false}, Row{{11, false, true}, {}, false},
                         Row{{10, false, true}, 99, false}, Row{{10, false, true}, {}, true}}) {
    Pair pair;
    Responder out{*pair.stream, kPatient};
    out.begin(row.to);
    pair.loop.run(streamed(out, kHead, row.length));
    CHECK(pair.stream->is_open());
    out.cut();
    CHECK_FALSE(out.keep_alive());
    CHECK(pair.stream->is_open() == !row.reset);
  }
}

TEST_CASE("a client that does not read is given up after the write timeout (FM-31)") {
  Pair pair;
  Responder out{*pair.stream, net::Pace{30ms, 1_KiB}};
  out.begin({});
  pair.loop.run(never_read(out));
}
namespace {

Task<void> not_sent(Responder& out) {
  const auto sent = co_await out.send(kHead, "Age: 3\r\n", {});
  CHECK_FALSE(sent.has_value());
}

}  // namespace

TEST_CASE("an answer that could not be written is the connection's last") {
  // Else the next one would follow a part of it.
  Pair pair;
  pair.peer.close();
  Responder out{*pair.stream, kPatient};
  out.begin({});
  SECTION("waiting") { pair.loop.run(not_sent(out)); }
  SECTION("at once") {
    std::string extra;
    CHECK_FALSE(out.send_now(kHead, extra, {}, nullptr).has_value());
  }
  CHECK_FALSE(out.keep_alive());
}
