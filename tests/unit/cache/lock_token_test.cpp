#include "proxy/cache/lock_token.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace wf::cache;

namespace {

constexpr Stamp kStamp{{UINT64_MAX}, {1'700'000'000'000, UINT64_MAX}};

}  // namespace

TEST_CASE("a lock's value says whose it is and what its holder had applied") {
  const LockToken token{"00112233445566778899aabbccddeeff", kStamp};
  CHECK(lock_value(token) ==
        "00112233445566778899aabbccddeeff:18446744073709551615:1700000000000-18446744073709551615");
  CHECK(parse_lock_value(lock_value(token)) == token);
}

TEST_CASE("tokens and entities are never the same twice") {
  const LockToken token = new_lock_token(kStamp);
  CHECK(parse_lock_value(lock_value(token)) == token);
  CHECK(token.token != new_lock_token(kStamp).token);
  CHECK(new_entity_id() != new_entity_id());
}

TEST_CASE("what is no lock value of ours has no holder") {
  const std::string token = "00112233445566778899aabbccddeeff";
  for (const std::string& bad : std::vector<std::string>{
           "", token, token + ":1", token + ":1:2", token + ":1:2-", token + ":1:2-3x",
           token + ":1:2-03", token + ":-1:2-3", token + ":18446744073709551616:2-3",
           "X0112233445566778899aabbccddeeff:1:2-3", "0011:1:2-3", token + ":1:2-3:4"}) {
    INFO(bad);
    CHECK_FALSE(parse_lock_value(bad));
  }
}
