#include "proxy/cache/variant_roster.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

using namespace wf;
using namespace wf::cache;

using Slots = std::vector<std::uint64_t>;

TEST_CASE("of more variants than may be kept, the one stored longest ago leaves") {
  VariantRoster roster{1_MiB};
  CHECK(roster.admit(7, 1, 3).empty());
  CHECK(roster.admit(7, 2, 3).empty());
  CHECK(roster.admit(7, 3, 3).empty());
  CHECK(roster.admit(7, 1, 3).empty());  // stored again
  CHECK(roster.admit(7, 4, 3) == Slots{2});
  CHECK(roster.admit(7, 5, 3) == Slots{3});
  CHECK(roster.size() == 3);
}

TEST_CASE("resources do not count each other's variants") {
  VariantRoster roster{1_MiB};
  for (std::uint64_t resource = 0; resource < 100; ++resource) {
    CHECK(roster.admit(resource, resource, 1).empty());
  }
  CHECK(roster.size() == 100);
}

TEST_CASE("a smaller limit, as after a reload, makes all that is too much leave") {
  VariantRoster roster{1_MiB};
  for (std::uint64_t slot = 1; slot <= 5; ++slot) CHECK(roster.admit(7, slot, 16).empty());
  CHECK(roster.admit(7, 6, 2) == Slots{1, 2, 3, 4});
  CHECK(roster.admit(7, 7, 1) == Slots{5, 6});
}

TEST_CASE("the roster is bounded, and what it forgets leaves memory too") {
  VariantRoster roster{64_KiB};
  const std::size_t capacity = roster.capacity();
  REQUIRE(capacity > 4);
  for (std::uint64_t resource = 0; resource < capacity; ++resource) {
    CHECK(roster.admit(resource, 1000 + resource, 16).empty());
  }
  CHECK(roster.admit(0, 2000, 16) == Slots{1001});  // resource 0 is not the oldest any more
  CHECK(roster.size() == capacity);
}

TEST_CASE("whatever is admitted: what has not left is what a plain count would have kept") {
  std::mt19937_64 chance{20260726};
  VariantRoster roster{1_MiB};
  std::map<std::uint64_t, std::set<std::uint64_t>> memory;
  std::map<std::uint64_t, std::uint64_t> owner;
  for (int turn = 0; turn < 20'000; ++turn) {
    const std::uint64_t resource = chance() % 20;
    const std::uint64_t slot = resource * 1000 + chance() % 40;
    memory[resource].insert(slot);
    owner[slot] = resource;
    for (const std::uint64_t gone : roster.admit(resource, slot, 8)) {
      REQUIRE(gone != slot);
      REQUIRE(memory[owner[gone]].erase(gone) == 1);
    }
    REQUIRE(memory[resource].size() <= 8);
  }
  std::size_t kept = 0;
  for (const auto& [resource, slots] : memory) kept += slots.size();
  CHECK(kept == roster.size());
}
