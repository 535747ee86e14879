#include "proxy/cache/doorkeeper.hpp"

namespace wf::cache {

Doorkeeper::Doorkeeper() : places_(kPlaces) {}

bool Doorkeeper::knock(std::uint64_t hash) noexcept {
  const auto place = static_cast<std::size_t>(hash) & (kPlaces - 1);
  const auto who = static_cast<std::uint32_t>(hash >> 32U) | 1U;  // never 0
  return places_[place].exchange(who, std::memory_order_relaxed) == who;
}

}  // namespace wf::cache
