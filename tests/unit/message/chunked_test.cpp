// The chunked coding, cut in every place (RFC 9112 §7.1; F13).
#include "proxy/message/chunked.hpp"

#include <catch2/catch.hpp>

using namespace wf::message;

namespace {

struct Decoded {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  std::string refusal;  ///< rule
};

Decoded decode(ChunkedDecoder& decoder, std::string_view text) {
  Decoded out;
  while (!out.done && out.consumed < text.size()) {
    const auto piece = decoder.decode(text.substr(out.consumed));
    if (!piece) {
      out.refusal = to_string(piece.error().rule);
      return out;
    }
    out.data += piece->data;
    out.consumed += piece->consumed;
    out.done = piece->done;
  }
  return out;
}

Decoded decode(std::string_view text) {
  ChunkedDecoder decoder;
  return decode(decoder, text);
}

}  // namespace

TEST_CASE("a body is the same wherever it is cut") {
  const std::string body = "3;a=\"\\\"\"\r\nabc\r\n0A\t;b\r\n0123456789\r\n0\r\nX: y\r\n\r\nrest";
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    CAPTURE(cut);
    ChunkedDecoder decoder;
    auto first = decode(decoder, std::string_view{body}.substr(0, cut));
    if (!first.done) {
      const auto second = decode(decoder, std::string_view{body}.substr(first.consumed));
      first.data += second.data;
      first.consumed += second.consumed;
      first.done = second.done;
    }
    CHECK(first.data == "abc0123456789");
    CHECK(first.done);
    CHECK(body.substr(first.consumed) == "rest");
  }
}

TEST_CASE("framing that another reader could see otherwise is refused") {
  struct Row {
    const char* what;
    std::string text;
    const char* rule;
  };
  const std::string longest(kMaxChunkLine - 2, 'a');
  const Row row = GENERATE_COPY(values<Row>({
      {"§7.1: no size", "\r\n", "F13"},
      {"§7.1: sign", "+1\r\na\r\n", "F13"},
      {"§7.1: prefix", "0x1\r\na\r\n", "F13"},
      {"§7.1: blank before", " 1\r\na\r\n", "F13"},
      {"§7.1.1: blank without extension", "1 \r\na\r\n", "F13"},
      {"§7.1: more than 2^62", "4000000000000000\r\n", "F13"},
      {"§7.1: just below 2^62", "3fffffffffffffff\r\n", ""},
      {"§7.1: LF after size", "1\na\r\n", "F13"},
      {"§7.1: CR inside", "1\r;\n", "F13"},
      {"§7.1: data too long", "1\r\nab\r\n", "F13"},
      {"§7.1: data ends with LF", "1\r\na\n", "F13"},
      {"§7.1.1: control byte in extension", "1;\x01\r\n", "F13"},
      {"§7.1.1: no name", "1;\r\n", "F13"},
      {"§7.1.1: DEL in a quoted value", "1;a=\"\x7f\"\r\n", "F13"},
      {"§7.1: no size before an extension", ";a\r\n", "F13"},
      {"§7.1: a blank and no size", "\t;a\r\n", "F13"},
      {"§7.1.2: a colon in a trailer's value", "0\r\nX: a:b\r\n\r\n", ""},
      {"§7.1.1: no name before the next", "1;;a\r\n", "F13"},
      {"§7.1.1: no name before the value", "1;=a\r\n", "F13"},
      {"§7.1.1: no value", "1;a=\r\n", "F13"},
      {"§7.1.1: two words", "1;a b\r\n", "F13"},
      {"§7.1.1: two values", "1;a=b=c\r\n", "F13"},
      {"§7.1.1: a quoted name", "1;\"a\"\r\n", "F13"},
      {"§7.1.1: a quote in a word", "1;a=b\"c\"\r\n", "F13"},
      {"§7.1.1: a word behind a quote", "1;a=\"b\"c\r\n", "F13"},
      {"§7.1.1: blank at the end of the line", "1;a=b \r\n", "F13"},
      {"§7.1.1: blank behind a name", "1;a\t\r\n", "F13"},
      {"§7.1.1: bad white space", "1 \t; a = \"b\\\"\" ;c\r\na\r\n", ""},
      {"§7.1.1: obs-text in a word", "1;\xe9\r\n", "F13"},
      {"§7.1.1: obs-text in a quoted value", "1;a=\"\xe9\"\r\n", ""},
      {"§7.1.1: LF in quoted extension", "1;a=\"\n\"\r\n", "F13"},
      {"§7.1.1: open quote at the end of the line", "1;a=\"\r\n", "F13"},
      {"F6: chunk line of 256 bytes", "1;" + longest + "\r\n", ""},
      {"F6: chunk line of 257 bytes", "1;a" + longest + "\r\n", "F6"},
      {"F6: zeros without end", std::string(300, '0'), "F6"},
      {"§7.1.2: trailer without colon", "0\r\nabc\r\n", "F13"},
      {"§7.1.2: trailer without name", "0\r\n: a\r\n", "F13"},
      {"§7.1.2: folded trailer", "0\r\na: b\r\n c: d\r\n", "F13"},
      {"§7.1.2: NUL in trailer", std::string("0\r\na: \0\r\n", 9), "F13"},
      {"F6: trailer without end", "0\r\na: " + std::string(5000, 'b'), "F6"},
      {"§7.1: end by LF", "0\r\n\n", "F13"},
  }));
  CAPTURE(row.what);
  CHECK(decode(row.text).refusal == row.rule);
}

TEST_CASE("what a chunk announces is known before it comes") {
  ChunkedDecoder decoder;
  CHECK(decode(decoder, "ff\r\nab").data == "ab");
  CHECK(decoder.announced() == 253);
}
