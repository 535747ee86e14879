#include "proxy/redis/hash_slot.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/show_result.hpp"

using namespace wf;
using namespace wf::redis;

namespace {

Result<std::optional<HashSlot>> slot_of(const std::vector<std::string_view>& words) {
  return slot_of_command(words);
}

}  // namespace

TEST_CASE("a key's slot is the one that Redis reckons", "[FM-08]") {
  struct Row {
    std::string_view key;
    HashSlot slot;
  };
  // By CLUSTER KEYSLOT of Redis 7.0.
  const Row rows[] = {{"", 0},
                      {"123456789", 12739},
                      {"foo", 12182},
                      {"{wf}:log", hash_slot("wf")},
                      {"wf:{0123}:r", hash_slot("0123")},
                      {"foo{}{bar}", 8363},
                      {"foo{{bar}}zap", 4015},
                      {"foo{bar}{zap}", 5061},
                      {"{open", hash_slot("{open")}};
  for (const Row& row : rows) {
    CAPTURE(row.key);
    CHECK(hash_slot(row.key) == row.slot);
  }
}

TEST_CASE("a command is routed by its keys", "[FM-08]") {
  const HashSlot foo = hash_slot("foo");
  struct Row {
    std::vector<std::string_view> words;
    std::optional<HashSlot> slot;
  };
  const Row rows[] = {{{"GET", "foo"}, foo},
                      {{"getrange", "foo", "0", "9"}, foo},
                      {{"SET", "foo", "bar"}, foo},
                      {{"UNLINK", "{foo}1", "{foo}2"}, foo},
                      {{"EVALSHA", "digest", "2", "foo", "{foo}2", "arg"}, foo},
                      {{"EVAL", "return 1", "0", "arg"}, std::nullopt},
                      {{"EVAL", "return 1", "9", "too few"}, std::nullopt},
                      {{"XREAD", "COUNT", "9", "BLOCK", "1", "STREAMS", "foo", "0-0"}, foo},
                      {{"XREAD", "COUNT", "9"}, std::nullopt},
                      {{"XADD", "foo", "*", "field", "value"}, foo},
                      {{"PING"}, std::nullopt},
                      {{"PUBLISH", "channel", "text"}, std::nullopt},
                      {{"GET"}, std::nullopt}};
  for (const Row& row : rows) {
    CAPTURE(row.words.front());
    const auto slot = slot_of(row.words);
    REQUIRE(slot);
    CHECK(*slot == row.slot);
  }
}

TEST_CASE("keys of two slots never leave: CROSSSLOT cannot be answered", "[FM-08]") {
  for (const std::vector<std::string_view>& words :
       {std::vector<std::string_view>{"UNLINK", "foo", "bar"},
        {"EVALSHA", "digest", "2", "foo", "bar"},
        {"XREAD", "STREAMS", "foo", "bar", "0", "0"}}) {
    const auto slot = slot_of(words);
    REQUIRE_FALSE(slot);
    CHECK(slot.error().code == ErrorCode::Unsupported);
    CHECK(slot.error().side == Side::Self);
  }
}

TEST_CASE("a command whose keys are not known is not sent anywhere") {
  const auto slot = slot_of({"SORT", "foo"});
  REQUIRE_FALSE(slot);
  CHECK(slot.error().detail == "SORT: where its keys stand is not known");
}

TEST_CASE("only plain reads may go to a replica") {
  CHECK(is_plain_read(std::vector<std::string_view>{"GET", "k"}));
  CHECK(is_plain_read(std::vector<std::string_view>{"GETRANGE", "k", "0", "1"}));
  CHECK_FALSE(is_plain_read(std::vector<std::string_view>{"EVALSHA", "d", "1", "k"}));
  CHECK_FALSE(is_plain_read(std::vector<std::string_view>{"SET", "k", "v"}));
}
