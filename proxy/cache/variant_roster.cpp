#include "proxy/cache/variant_roster.hpp"

#include <algorithm>

namespace wf::cache {
namespace {

// A resource with one variant: its node in the list, the vector's block, its node and its bucket in
// the map, with what the allocator adds to each. Further variants cost less.
constexpr std::size_t kCostOfOne = 160;
constexpr std::size_t kShareOfMemory = 16;

}  // namespace

VariantRoster::VariantRoster(Bytes memory)
    : capacity_(std::max<std::size_t>(1, memory.count / kShareOfMemory / kCostOfOne)) {}

std::vector<std::uint64_t> VariantRoster::admit(std::uint64_t resource, std::uint64_t slot,
                                                std::size_t most) {
  std::vector<std::uint64_t> leaving;
  const std::lock_guard lock{mutex_};
  const auto known = places_.find(resource);
  if (known == places_.end()) {
    resources_.push_back({resource, {}});
    places_.emplace(resource, std::prev(resources_.end()));
  } else {
    resources_.splice(resources_.end(), resources_, known->second);
  }
  std::vector<std::uint64_t>& slots = resources_.back().slots;
  size_ -= std::erase(slots, slot);
  const std::size_t keep = std::max<std::size_t>(1, most) - 1;
  if (slots.size() > keep) {
    const auto end = slots.end() - static_cast<std::ptrdiff_t>(keep);
    leaving.assign(slots.begin(), end);
    slots.erase(slots.begin(), end);
    size_ -= leaving.size();
  }
  slots.push_back(slot);
  ++size_;
  trim(leaving);
  return leaving;
}

void VariantRoster::trim(std::vector<std::uint64_t>& leaving) {
  while (size_ > capacity_ && resources_.size() > 1) {
    const Resource& oldest = resources_.front();
    leaving.insert(leaving.end(), oldest.slots.begin(), oldest.slots.end());
    size_ -= oldest.slots.size();
    places_.erase(oldest.hash);
    resources_.pop_front();
  }
}

std::size_t VariantRoster::size() const {
  const std::lock_guard lock{mutex_};
  return size_;
}

}  // namespace wf::cache
