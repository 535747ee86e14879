// Conversations about what may lie in Redis under our names without being ours (FM-09, FM-10,
// SEC-16, SEC-19).
#include <catch2/catch.hpp>

#include "proxy/cache/record_codec.hpp"
#include "tests/unit/cache/redis_stage.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;
using net::Task;

namespace {

Task<void> a_planted_record_is_not_served(Stage& stage) {
  const std::string name = stage.keys.record(kSlot);
  stage.ask({"SET", name, encode(*entity("another key", 1)), "PX", "60000"});
  co_await expect_miss(stage);
  stage.ask({"SET", name, encode(*variant_of("gzip", 1)), "PX", "60000"});
  co_await expect_miss(stage);
  // One whose body is not copied, and so takes the value that it is recognised by.
  const RecordPtr large = response("another key", 50'000);
  stage.ask({"SET", name, encode(*large), "PX", "60000"});
  co_await expect_miss(stage);
  CHECK(stage.store.counters().mismatched == 3);
  CHECK_FALSE(stage.exists(name));
}

Task<void> what_does_not_verify_is_a_miss_and_goes(Stage& stage) {
  const std::string name = stage.keys.record(kSlot);
  const std::string good = encode(*entity("key", 1));
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  for (const std::string& bad : {flipped, good.substr(0, good.size() - 1), std::string{"x"}}) {
    stage.ask({"SET", name, bad, "PX", "60000"});
    co_await expect_miss(stage);
    CHECK_FALSE(stage.exists(name));
  }
  CHECK(stage.store.counters().corrupt == 3);
  CHECK(stage.store.counters().misses == 3);
}

Task<void> what_changed_meanwhile_stays(Stage& stage) {
  const std::string name = stage.keys.record(kSlot);
  const std::string good = encode(*entity("key", 2));
  std::string bad = encode(*entity("key", 1));
  bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
  stage.ask({"SET", name, bad, "PX", "60000"});
  const auto replace = [&] { stage.ask({"SET", name, good, "PX", "60000"}); };
  stage.meddler.before("EVALSHA", replace);
  co_await expect_miss(stage);
  co_await expect_hit(stage);
}

Task<void> a_wrong_type_is_a_miss_and_goes(Stage& stage) {
  const std::string name = stage.keys.record(kSlot);
  stage.ask({"LPUSH", name, "x"});
  co_await expect_miss(stage);
  CHECK_FALSE(stage.exists(name));
  CHECK(stage.store.counters().corrupt == 1);
  stage.ask({"LPUSH", name, "x"});
  co_await fill(stage, kSlot, keep(entity("key", 1)));
  co_await expect_hit(stage);
}

Task<void> a_huge_value_is_not_read(Stage& stage) {
  const std::string name = stage.keys.record(kSlot);
  stage.ask({"SETRANGE", name, "100000000", "x"});
  co_await expect_miss(stage);
  CHECK(stage.store.counters().oversized == 1);
  CHECK_FALSE(stage.exists(name));
  CHECK(stage.client.is_up());
  CHECK(stage.client.counters().connects == 1);
}

}  // namespace

TEST_CASE("a record of another key or variant is a miss (SEC-16)") {
  play(&a_planted_record_is_not_served);
}
TEST_CASE("a value that does not verify is a miss and is removed (SEC-19)") {
  play(&what_does_not_verify_is_a_miss_and_goes);
}
TEST_CASE("a value that was replaced since it was read is not removed") {
  play(&what_changed_meanwhile_stays);
}
TEST_CASE("a key of a wrong type is a miss and is removed (FM-09)") {
  play(&a_wrong_type_is_a_miss_and_goes);
}
TEST_CASE("a huge value is a miss that costs at most the limit (FM-10)") {
  play(&a_huge_value_is_not_read);
}
