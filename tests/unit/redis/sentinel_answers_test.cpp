#include "proxy/redis/sentinel_answers.hpp"

#include <catch2/catch.hpp>

#include "tests/support/show_result.hpp"

using namespace wf;
using namespace wf::redis;

TEST_CASE("Sentinel's answer is the master's address", "[FM-06]") {
  const Reply reply = Reply::array({Reply::bulk("10.0.0.1"), Reply::bulk("6380")});
  CHECK(parse_master_address(reply, "m").value() == config::Address{"10.0.0.1", 6380, {}});

  const auto unknown = parse_master_address(Reply::nil(), "other");
  CHECK(unknown.error().code == ErrorCode::Unavailable);
  CHECK(unknown.error().detail == "Sentinel knows no master named other");
}

TEST_CASE("what is no answer of Sentinel is refused", "[FM-16]") {
  const Reply rows[] = {Reply::bulk("10.0.0.1 6380"),
                        Reply::array({}),
                        Reply::array({Reply::bulk("10.0.0.1")}),
                        Reply::array({Reply::bulk(""), Reply::bulk("6380")}),
                        Reply::array({Reply::bulk("10.0.0.1"), Reply::bulk("x")}),
                        Reply::array({Reply::bulk("10.0.0.1"), Reply::bulk("0")}),
                        Reply::array({Reply::bulk("10.0.0.1"), Reply::bulk("65536")})};
  for (const Reply& row : rows) {
    CHECK(parse_master_address(row, "m").error().code == ErrorCode::Malformed);
  }
}

TEST_CASE("+switch-master names the master and where it is now", "[FM-06]") {
  const auto change = parse_master_switch("mymaster 10.0.0.1 6379 10.0.0.2 6380");
  REQUIRE(change);
  CHECK(change->master == "mymaster");
  CHECK(change->address == config::Address{"10.0.0.2", 6380, {}});
  for (const char* text : {"", "mymaster", "m 1 2 3", "m 1 2 host x", "m 1 2 host 6380 more",
                           " 10.0.0.1 6379 10.0.0.2 6380", "m a 1  6380"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_master_switch(text));
  }
}
