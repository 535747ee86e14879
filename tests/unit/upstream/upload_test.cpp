#include "proxy/upstream/upload.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "tests/support/show_result.hpp"

using namespace wf;
using namespace wf::upstream;
using message::Framing;

namespace {

struct Row {
  const char* sentence;
  BodyFraming framing;
  std::vector<std::string> pieces;
  const char* wire;  // null: refused
  bool complete_before_end = false;
};

std::string text(const Upload::Buffers& buffers) {
  std::string out;
  for (const auto& b : buffers) out.append(static_cast<const char*>(b.data()), b.size());
  return out;
}

// The bytes on the wire, or "refused".
std::string play(const Row& row, bool& complete_before_end) {
  Upload upload{row.framing};
  std::string wire;
  for (const std::string& piece : row.pieces) {
    const auto buffers = upload.frame(piece);
    if (!buffers) return "refused";
    wire += text(*buffers);
    upload.written();
  }
  complete_before_end = upload.complete();
  const auto last = upload.last();
  if (!last) return "refused";
  wire += *last;
  upload.written();
  CHECK(upload.complete());
  return wire;
}

}  // namespace

TEST_CASE("upload: a body is framed as its head said") {
  const std::string big(65536, 'x');
  const std::string big_wire = "10000\r\n" + big + "\r\n0\r\n\r\n";
  const Row rows[] = {
      {"RFC 9112 §6.3: no body is complete at once", {Framing::None, 0}, {}, "", true},
      {"RFC 9112 §6.2: a length-framed body is sent raw",
       {Framing::Length, 5},
       {"he", "llo"},
       "hello",
       true},
      {"RFC 9112 §6.2: length 0 is complete at once", {Framing::Length, 0}, {}, "", true},
      {"RFC 9112 §6.2: never more than announced", {Framing::Length, 4}, {"he", "llo"}, "refused"},
      {"RFC 9112 §6.2: never less than announced", {Framing::Length, 6}, {"he", "llo"}, "refused"},
      {"no body, but a piece of one", {Framing::None, 0}, {"x"}, "refused"},
      {"RFC 9112 §7.1: chunks with their sizes",
       {Framing::Chunked, 0},
       {"hello", "0123456789"},
       "5\r\nhello\r\na\r\n0123456789\r\n0\r\n\r\n"},
      {"RFC 9112 §7.1: an empty piece must not end the body",
       {Framing::Chunked, 0},
       {"a", "", "b"},
       "1\r\na\r\n1\r\nb\r\n0\r\n\r\n"},
      {"RFC 9112 §7.1: an empty body is the last chunk alone",
       {Framing::Chunked, 0},
       {},
       "0\r\n\r\n"},
      {"RFC 9112 §7.1: sizes are hexadecimal", {Framing::Chunked, 0}, {big}, big_wire.c_str()},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    bool complete_before_end = false;
    CHECK(play(row, complete_before_end) == row.wire);
    CHECK(complete_before_end == row.complete_before_end);
  }
}

TEST_CASE("upload: what was framed but not written is not complete") {
  Upload upload{BodyFraming{Framing::Length, 3}};
  REQUIRE(upload.frame("abc"));
  CHECK_FALSE(upload.complete());
  upload.written();
  CHECK(upload.complete());
}

TEST_CASE("upload: nothing follows the last chunk") {
  Upload upload{BodyFraming{Framing::Chunked, 0}};
  REQUIRE(upload.last());
  CHECK_FALSE(upload.frame("late"));
  CHECK_FALSE(upload.last()->size() != 0);
}
