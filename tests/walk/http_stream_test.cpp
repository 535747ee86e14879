// Bodies larger than any memory: the program streams them, up and down, and grows by no more than
// its buffers.

#include <thread>

#include <catch2/catch.hpp>

#include "tests/walk/child_process.hpp"

namespace wf::test {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kPieces = 128;  // sanitizers are slow
#else
constexpr std::uint64_t kPieces = 2048;
#endif
constexpr std::size_t kPiece = std::size_t{1} << 20U;
constexpr std::uint64_t kSize = kPieces * kPiece;
#ifdef __SANITIZE_THREAD__
constexpr std::size_t kShadow = 4;  // bytes that TSan holds for each of the program's
#else
constexpr std::size_t kShadow = 1;
#endif
constexpr std::size_t kMayGrow = (std::size_t{32} << 10U) * kShadow;  // KiB

std::string as_chunk(const std::string& piece) { return "100000\r\n" + piece + "\r\n"; }

Script download(const OriginRequest& request) {
  const std::string piece(kPiece, 'x');
  if (request.path() == "/length") {
    return Script{}
        .send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n")
        .send_times(piece, kPieces);
  }
  if (request.path() == "/chunks") {
    return Script{}
        .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        .send_times(as_chunk(piece), kPieces)
        .send("0\r\n\r\n");
  }
  Answer answer;
  answer.body = std::to_string(request.body_size);
  return reply(request, answer);
}

/// Reads it in pieces, and keeps none.
std::uint64_t read_long_body(HttpClient& client, Response& response) {
  std::uint64_t size = 0;
  do {
    response.body.clear();
    client.read_body(response, kPiece);
    if (response.body.find_first_not_of('x') != std::string::npos) return 0;
    size += response.body.size();
  } while (response.body.size() >= kPiece);
  return size;
}

}  // namespace

TEST_CASE("a download larger than memory") {
  ScriptedOrigin origin{download};
  ChildProxy proxy{yaml_for(origin, GENERATE(as<std::string>{}, "off", "{ttl: 1m}"))};
  REQUIRE(get(proxy.port(), "/warm").whole());
  const std::size_t before = proxy.process().memory_now();
  const std::string path = GENERATE(as<std::string>{}, "/length", "/chunks");
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", path, {}, {}}));
  Response response = client.read_head();
  CHECK(response.status == 200);
  CHECK(read_long_body(client, response) == kSize);
  CHECK(response.whole());
  const std::size_t after = proxy.process().peak_memory();
  CAPTURE(path, before, after);
  CHECK(after - before < kMayGrow);
}

TEST_CASE("an upload larger than memory") {
  ScriptedOrigin origin{download};
  ChildProxy proxy{yaml_for(origin, "off")};
  REQUIRE(get(proxy.port(), "/warm").whole());
  const std::size_t before = proxy.process().memory_now();
  const bool chunked = GENERATE(false, true);
  HttpClient client{proxy.port()};
  const OwnedField framing = chunked ? OwnedField{"Transfer-Encoding", "chunked"}
                                     : OwnedField{"Content-Length", std::to_string(kSize)};
  REQUIRE(client.send({"POST", "/upload", {framing}, {}}));
  const std::string plain(kPiece, 'x');
  const std::string piece = chunked ? as_chunk(plain) : plain;
  bool taken = true;
  for (std::uint64_t i = 0; taken && i < kPieces; ++i) taken = client.send(piece);
  CHECK(taken);
  if (chunked) CHECK(client.send("0\r\n\r\n"));
  const Response response = client.read();
  CHECK(response.status == 200);
  CHECK(response.body == std::to_string(kSize));
  const std::size_t after = proxy.process().peak_memory();
  CAPTURE(chunked, before, after);
  CHECK(after - before < kMayGrow);
}

}  // namespace wf::test
