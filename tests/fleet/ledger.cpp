#include "tests/fleet/ledger.hpp"

namespace wf::test {

namespace {

constexpr std::size_t kComplaints = 10;

}  // namespace

void Ledger::returned(std::size_t resource, std::uint64_t version) {
  auto& floor = resources_[resource].floor;
  std::uint64_t before = floor;
  while (before < version && !floor.compare_exchange_weak(before, version)) {
  }
}

void Ledger::judge(std::size_t resource, std::uint64_t floor, std::uint64_t got,
                   const std::string& who) {
  ++reads_;
  if (got >= floor) return;
  ++too_old_;
  const std::lock_guard lock{mutex_};
  if (complaints_.size() >= kComplaints) return;
  complaints_.push_back("resource " + std::to_string(resource) + ": version " +
                        std::to_string(got) + " after " + std::to_string(floor) + ", " + who);
}

std::vector<std::string> Ledger::complaints() const {
  const std::lock_guard lock{mutex_};
  return complaints_;
}

}  // namespace wf::test
