// 206 and 416 from a stored response (RFC 9110 §14, §15.3.7, §15.5.17).
#include <catch2/catch.hpp>

#include "proxy/cache/record.hpp"
#include "proxy/server/ranges.hpp"

using namespace wf;
using policy::ByteRange;
using policy::RangeOutcome;
using server::RangeAnswer;

namespace {

/// "0123456789" in chunks of 4, 1 and 5 bytes.
cache::RecordPtr digits() {
  cache::Record::Parts record;
  record.head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: \"e\"\r\nContent-Length: 10\r\n";
  for (const char* piece : {"0123", "4", "56789"}) record.chunks.push_back(Chunk::copy_of(piece));
  record.body_size = 10;
  record.id.fill(0xab);
  return cache::Record::make(std::move(record));
}

RangeAnswer answer(std::vector<ByteRange> ranges,
                   RangeOutcome outcome = RangeOutcome::Satisfiable) {
  const auto record = digits();
  return server::make_range_answer(*record, cache::head_fields(*record),
                                   {outcome, std::move(ranges)});
}

std::string body_of(const RangeAnswer& answer) {
  std::string body;
  const auto record = digits();
  for (const Chunk& chunk : server::slices(*record, answer)) body += chunk.view();
  return body;
}

bool has(const RangeAnswer& answer, std::string_view line) {
  return answer.head.find(std::string{line} + "\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("every single range is exactly those bytes, across chunks") {
  const std::string whole = "0123456789";
  for (std::uint64_t first = 0; first < 10; ++first) {
    for (std::uint64_t last = first; last < 10; ++last) {
      const RangeAnswer one = answer({{first, last}});
      const std::uint64_t size = last - first + 1;
      CHECK(body_of(one) == whole.substr(first, size));
      CHECK(has(one, "Content-Length: " + std::to_string(size)));
      CHECK(has(one, "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(last) +
                         "/10"));
    }
  }
}

TEST_CASE("a 206 keeps the stored fields, once each") {
  const RangeAnswer one = answer({{2, 5}});
  CHECK(one.head.starts_with("HTTP/1.1 206 Partial Content\r\n"));
  CHECK(has(one, "Content-Type: text/plain"));
  CHECK(has(one, "ETag: \"e\""));
  CHECK(one.head.find("Content-Length: 10") == std::string::npos);
}

TEST_CASE("several ranges are parts, each with its type and place, and the length is right") {
  const RangeAnswer parts = answer({{0, 1}, {3, 6}});
  CHECK(parts.head.find("Content-Type: multipart/byteranges; boundary=") != std::string::npos);
  CHECK(parts.head.find("Content-Type: text/plain") == std::string::npos);
  CHECK(parts.head.find("Content-Range") == std::string::npos);
  const std::string body = body_of(parts);
  CHECK(has(parts, "Content-Length: " + std::to_string(body.size())));
  std::string boundary;
  for (int i = 0; i < 16; ++i) boundary += "ab";
  const std::string delimiter = "\r\n--" + boundary;
  CHECK(body ==
        delimiter + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01" +
            delimiter + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 3-6/10\r\n\r\n3456" +
            delimiter + "--\r\n");
}

TEST_CASE("what cannot be satisfied is a 416 that says the length and has no body") {
  const RangeAnswer none = answer({}, RangeOutcome::Unsatisfiable);
  CHECK(none.head.starts_with("HTTP/1.1 416 "));
  CHECK(has(none, "Content-Range: bytes */10"));
  CHECK(has(none, "Content-Length: 0"));
  CHECK(has(none, "ETag: \"e\""));
  CHECK(none.body.empty());
}
