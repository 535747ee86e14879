// What a proxy may trust, and until when (design §7, §8).
#include <catch2/catch.hpp>

#include "proxy/invalidation/lease.hpp"

using namespace wf;
using namespace wf::invalidation;

namespace {

constexpr Millis kLease{2000};
constexpr Millis kGrace{10'000};
constexpr Millis kMargin{40};

}  // namespace

TEST_CASE("a lease counts from when its renewal was sent, and ends before Redis says so") {
  Lease lease{true, Millis{0}};
  const auto sent = boot_now();
  CHECK(lease.trust(sent + Millis{1}) == Trust::None);
  lease.granted(sent, kLease);
  CHECK(lease.trust(sent) == Trust::Exact);
  CHECK(lease.trust(sent + kLease - kMargin - Millis{1}) == Trust::Exact);
  CHECK(lease.trust(sent + kLease - kMargin) == Trust::None);
}

TEST_CASE("memory is trusted for a while by who saw Redis go while the lease was his") {
  Lease lease{true, kGrace};
  const auto sent = boot_now();
  lease.granted(sent, kLease);
  lease.redis_failed(sent + Millis{500});
  CHECK(lease.trust(sent + Millis{600}) == Trust::Exact);
  CHECK(lease.trust(sent + kLease) == Trust::Grace);
  CHECK(lease.trust(sent + kLease - kMargin + kGrace - Millis{1}) == Trust::Grace);
  CHECK(lease.trust(sent + kLease - kMargin + kGrace) == Trust::None);
}

TEST_CASE("who was asleep when his lease ended has no grace") {
  Lease lease{true, kGrace};
  const auto sent = boot_now();
  lease.granted(sent, kLease);
  CHECK(lease.trust(sent + kLease) == Trust::None);
  lease.redis_failed(sent + kLease);
  CHECK(lease.trust(sent + kLease + Millis{1}) == Trust::None);
  lease.granted(sent + Millis{5000}, kLease);
  CHECK(lease.trust(sent + Millis{5001}) == Trust::Exact);
}

TEST_CASE("a renewal ends the trouble") {
  Lease lease{true, kGrace};
  const auto sent = boot_now();
  lease.granted(sent, kLease);
  lease.redis_failed(sent);
  lease.granted(sent + Millis{100}, kLease);
  CHECK(lease.trust(sent + Millis{100} + kLease) == Trust::None);
}

TEST_CASE("before Redis was ever reached it counts as down") {
  const auto begun = boot_now();
  const Lease lease{true, kGrace};
  CHECK(lease.trust(begun + Millis{5000}) == Trust::Grace);
  CHECK(lease.trust(boot_now() + kGrace) == Trust::None);
}

TEST_CASE("a lease that is given up is gone, and its grace too") {
  Lease lease{true, kGrace};
  const auto sent = boot_now();
  lease.granted(sent, kLease);
  lease.redis_failed(sent);
  lease.give_up();
  CHECK(lease.trust(sent) == Trust::None);
}

TEST_CASE("silence counts from the renewal that was granted last") {
  Lease lease{true, Millis{0}};
  lease.granted(boot_now() - Millis{5000}, kLease);
  CHECK(lease.silence() >= Millis{5000});
  lease.granted(boot_now(), kLease);
  CHECK(lease.silence() < Millis{5000});
}

TEST_CASE("without Redis the trust is exact") {
  const Lease lease{false, Millis{0}};
  CHECK(lease.silence() == Millis{0});
  CHECK(lease.trust(boot_now() + std::chrono::hours{1}) == Trust::Exact);
}
