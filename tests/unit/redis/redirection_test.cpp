#include "proxy/redis/redirection.hpp"

#include <catch2/catch.hpp>

#include "proxy/redis/rejection.hpp"

using namespace wf;
using namespace wf::redis;

namespace {

const config::Address kAsked{"10.0.0.9", 7000, {}};

std::optional<Redirection> of(std::string_view text) {
  return redirection_of(rejection(text), kAsked);
}

}  // namespace

TEST_CASE("MOVED and ASK say where to go", "[FM-08]") {
  struct Row {
    const char* text;
    Redirection::Kind kind;
    HashSlot slot;
    config::Address address;
  };
  const Row rows[] = {
      {"MOVED 3999 127.0.0.1:6381", Redirection::Kind::Moved, 3999, {"127.0.0.1", 6381, {}}},
      {"ASK 16383 redis.internal:1", Redirection::Kind::Ask, 16383, {"redis.internal", 1, {}}},
      {"MOVED 0 2001:db8::1:6379", Redirection::Kind::Moved, 0, {"2001:db8::1", 6379, {}}},
      {"MOVED 1 :6380", Redirection::Kind::Moved, 1, {"10.0.0.9", 6380, {}}}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto redirection = of(row.text);
    REQUIRE(redirection);
    CHECK(redirection->kind == row.kind);
    CHECK(redirection->slot == row.slot);
    CHECK(redirection->address == row.address);
  }
  CHECK(of("TRYAGAIN Multiple keys request during rehashing of slot")->kind ==
        Redirection::Kind::TryAgain);
}

TEST_CASE("what leads nowhere is an error like any other", "[FM-16]") {
  for (const char* text :
       {"MOVED", "MOVED ", "MOVED 1", "MOVED x h:1", "MOVED 16384 h:1", "MOVED 1 h:0",
        "MOVED 1 h:65536", "MOVED 1 h", "MOVED a:1 h", "ASK 1", "MOVEDx 1 h:1", "ERR unknown",
        "CLUSTERDOWN The cluster is down", "CROSSSLOT Keys in request don't hash"}) {
    CAPTURE(text);
    CHECK_FALSE(of(text));
  }
  CHECK_FALSE(redirection_of({ErrorCode::Timeout, Side::Store, Retry::No, "MOVED 1 h:1"}, kAsked));
}
