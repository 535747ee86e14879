#include "proxy/redis/reply_reader.hpp"

#include <catch2/catch.hpp>

#include "tests/support/show_result.hpp"

using namespace wf;
using namespace wf::redis;

namespace {

Result<std::optional<Reply>> read_all(std::string_view wire, ReplyLimits limits = {}) {
  ReplyReader reader{limits};
  const Result<void> fed = reader.feed(wire);
  if (!fed) return fed.error();
  return reader.next();
}

Reply array(std::vector<Reply> elements) { return Reply::array(std::move(elements)); }

struct Row {
  std::string name;
  std::string wire;
  Reply reply;
};

std::vector<Row> rows() {
  return {
      {"status", "+OK\r\n", Reply::status("OK")},
      {"empty status", "+\r\n", Reply::status("")},
      {"error", "-ERR no\r\n", Reply::error("ERR no")},
      {"integer", ":-9223372036854775808\r\n", Reply::integer(INT64_MIN)},
      {"bulk", "$4\r\na\r\nb\r\n", Reply::bulk("a\r\nb")},
      {"empty bulk", "$0\r\n\r\n", Reply::bulk("")},
      {"bulk with zeros", std::string{"$3\r\n\0\0\0\r\n", 9}, Reply::bulk(std::string(3, '\0'))},
      {"nil bulk", "$-1\r\n", Reply::nil()},
      {"nil array", "*-1\r\n", Reply::nil()},
      {"empty array", "*0\r\n", array({})},
      {"mixed array", "*4\r\n:1\r\n$-1\r\n+s\r\n$1\r\nx\r\n",
       array({Reply::integer(1), Reply::nil(), Reply::status("s"), Reply::bulk("x")})},
      {"arrays in arrays", "*3\r\n*2\r\n:1\r\n*1\r\n$1\r\na\r\n*0\r\n-E\r\n",
       array(
           {array({Reply::integer(1), array({Reply::bulk("a")})}), array({}), Reply::error("E")})},
  };
}

}  // namespace

TEST_CASE("every kind of reply is read") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    const auto reply = read_all(row.wire);
    REQUIRE(reply);
    REQUIRE(reply->has_value());
    CHECK(**reply == row.reply);
  }
}

TEST_CASE("a reply is the same wherever the stream is cut") {
  for (const Row& row : rows()) {
    for (std::size_t cut = 1; cut < row.wire.size(); ++cut) {
      CAPTURE(row.name, cut);
      ReplyReader reader;
      REQUIRE(reader.feed(std::string_view{row.wire}.substr(0, cut)));
      const auto early = reader.next();
      REQUIRE(early);
      CHECK_FALSE(early->has_value());
      REQUIRE(reader.feed(std::string_view{row.wire}.substr(cut)));
      const auto reply = reader.next();
      REQUIRE(reply);
      REQUIRE(reply->has_value());
      CHECK(**reply == row.reply);
    }
  }
}

TEST_CASE("several replies in one read come out one by one") {
  ReplyReader reader;
  REQUIRE(reader.feed("+a\r\n:2\r\n$1\r\nc\r\n+d"));
  CHECK(**reader.next() == Reply::status("a"));
  CHECK(**reader.next() == Reply::integer(2));
  CHECK(**reader.next() == Reply::bulk("c"));
  CHECK_FALSE(reader.next()->has_value());
}

TEST_CASE("what RESP2 forbids is Malformed, and stays so") {
  const std::vector<std::string> wires{
      "HTTP/1.1 400 Bad Request\r\n",  // not Redis at all
      std::string{"\0\0\0\0", 4},
      "$3\r\nabcd\r\n",      // longer than announced
      "$3\r\nabc+OK\r\n",    // no CR LF behind the string
      "*2\r\n$1\r\nab\r\n",  // the same inside an array
      "$-2\r\n",
      "*-2\r\n",
      "$99999999999999999999999\r\n",
      "*99999999999999999999999\r\n",
      "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",  // too deep
  };
  for (const std::string& wire : wires) {
    CAPTURE(wire);
    ReplyReader reader;
    REQUIRE(reader.feed(wire));
    const auto first = reader.next();
    REQUIRE_FALSE(first);
    CHECK(first.error().code == ErrorCode::Malformed);
    CHECK(first.error().side == Side::Store);
    CHECK_FALSE(reader.next());
  }
}

TEST_CASE("a string above the limit is refused when it is announced", "[FM-10]") {
  ReplyLimits limits;
  limits.bulk = 10_B;
  for (const char* wire : {"$11\r\n", "$536870912\r\n", "$99999999999999999999999", "$11",
                           "*2\r\n:1\r\n$11\r\n", "$11\r\n01234567890\r\n"}) {
    CAPTURE(wire);
    const auto reply = read_all(wire, limits);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == ErrorCode::TooLarge);
  }
  const auto exact = read_all("$10\r\n0123456789\r\n", limits);
  REQUIRE(exact);
  CHECK((*exact)->text().size() == 10);
}

TEST_CASE("the parts of one reply are limited together") {
  ReplyLimits limits;
  limits.reply = 10_B;
  limits.elements = 3;
  CHECK(read_all("*2\r\n$5\r\nabcde\r\n$5\r\nabcde\r\n", limits));
  CHECK_FALSE(read_all("*2\r\n$5\r\nabcde\r\n$6\r\n", limits));
  CHECK_FALSE(read_all("*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n", limits));

  ReplyReader reader{limits};  // and the next reply begins anew
  for (int i = 0; i < 3; ++i) {
    REQUIRE(reader.feed("*1\r\n$9\r\nabcdefghi\r\n"));
    const auto reply = reader.next();
    REQUIRE(reply);
    CHECK(reply->has_value());
  }
}

TEST_CASE("an array costs what it holds, not what it announces") {
  const auto reply = read_all("*2147483647\r\n:1\r\n");
  REQUIRE(reply);
  CHECK_FALSE(reply->has_value());
}

TEST_CASE("a line that does not end is given up") {
  ReplyReader reader;
  const std::string part(20'000, 'x');
  REQUIRE(reader.feed("+"));
  for (int i = 0; i < 3; ++i) {
    REQUIRE(reader.feed(part));
    REQUIRE(reader.next());
  }
  REQUIRE(reader.feed(part));
  CHECK_FALSE(reader.next());
}

TEST_CASE("a large string is moved out of a reply, not copied") {
  auto read = read_all("*1\r\n$100\r\n" + std::string(100, 'x') + "\r\n");
  REQUIRE(read);
  auto elements = std::move(**read).take_elements();
  const char* before = elements.at(0).text().data();
  const std::string taken = std::move(elements.at(0)).take_text();
  CHECK(static_cast<const void*>(taken.data()) == before);
}
