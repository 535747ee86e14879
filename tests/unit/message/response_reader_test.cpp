// Responses as an origin sends them (RFC 9112 §6.3; R1 to R7).
#include <catch2/catch.hpp>

#include "tests/unit/message/conversation.hpp"

using namespace wf;
using namespace wf::message;
using namespace wf::test;

TEST_CASE("where a response body ends (RFC 9112 §6.3)") {
  struct Row {
    const char* what;
    ResponseContext context;
    std::string text;
    std::string body;
    bool complete;
    AtEnd at_end;
  };
  const Row row = GENERATE(values<Row>({
      {"1: HEAD",
       {true, false},
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
       "",
       true,
       AtEnd::Complete},
      {"1: 304", {}, "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", "", true, AtEnd::Complete},
      {"1: 204", {}, "HTTP/1.1 204 x\r\n\r\n", "", true, AtEnd::Complete},
      {"4: chunked",
       {},
       "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
       "a",
       true,
       AtEnd::Complete},
      {"4: chunked, no last chunk (R7)",
       {},
       "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
       "a",
       false,
       AtEnd::Truncated},
      {"6: length",
       {},
       "HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\nab",
       "ab",
       true,
       AtEnd::Complete},
      {"6: length, cut (R7)",
       {},
       "HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\na",
       "a",
       false,
       AtEnd::Truncated},
      {"8: until close", {}, "HTTP/1.1 200 x\r\n\r\nab", "ab", false, AtEnd::Complete},
      {"no byte", {}, "", "", false, AtEnd::BeforeMessage},
      {"head cut", {}, "HTTP/1.1 200 x\r\n", "", false, AtEnd::Truncated},
      {"nothing behind an interim response",
       {},
       "HTTP/1.1 100 x\r\n\r\n",
       "",
       false,
       AtEnd::Truncated},
      {"101 that was asked for ends the exchange",
       {false, true},
       "HTTP/1.1 101 x\r\n\r\n",
       "",
       true,
       AtEnd::Complete},
  }));
  for (const auto delivery : {Delivery::Whole, Delivery::Bytes, Delivery::Cuts}) {
    CAPTURE(row.what);
    const auto log = read_response(row.context, row.text, delivery);
    REQUIRE_FALSE(log.refusal);
    CHECK(log.body == row.body);
    CHECK(log.complete == row.complete);
    CHECK(log.at_end == row.at_end);
  }
}

TEST_CASE("R3: interim responses") {
  std::string text;
  for (int i = 0; i < 16; ++i) text += "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  const auto good = read_response({}, text + "HTTP/1.1 204 x\r\n\r\n", Delivery::Cuts);
  CHECK(good.interim.size() == 16);
  CHECK(good.status == 204);
  const auto flood = read_response({}, text + "HTTP/1.1 100 x\r\n\r\n", Delivery::Whole);
  REQUIRE(flood.refusal);
  CHECK(flood.refusal->rule == Rule::R3);
  const auto unasked = read_response({}, "HTTP/1.1 101 x\r\n\r\n", Delivery::Whole);
  REQUIRE(unasked.refusal);
  CHECK(unasked.refusal->rule == Rule::R3);
}

TEST_CASE("whether the connection can be used again (RFC 9112 §9.3)") {
  const auto keeps = [](const std::string& text) {
    ResponseReader reader{config::ClientLimits{}};
    reader.begin({});
    REQUIRE(*reader.read_head(text));
    return reader.head().keep_alive;
  };
  CHECK(keeps("HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n"));
  CHECK_FALSE(keeps("HTTP/1.1 200 x\r\n\r\n"));
  CHECK_FALSE(keeps("HTTP/1.0 200 x\r\nContent-Length: 0\r\n\r\n"));
  CHECK_FALSE(keeps("HTTP/1.1 200 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
}
