#include "proxy/cache/sieve.hpp"

#include <algorithm>
#include <utility>

namespace wf::cache {
namespace {

constexpr std::size_t kFirstBuckets = 64;
// A node and its share of the deque's blocks, which hold twelve of them and cost 56 bytes more.
constexpr std::size_t kDequeShare = 5;

}  // namespace

std::size_t Sieve::bytes() const noexcept {
  return record_bytes_ + nodes_.size() * (sizeof(Node) + kDequeShare) +
         buckets_.size() * sizeof(Index);
}

Sieve::Index& Sieve::bucket_of(std::uint64_t hash) noexcept {
  return buckets_[static_cast<std::size_t>(hash) & (buckets_.size() - 1)];
}

Sieve::Index Sieve::index_of(std::uint64_t hash) const noexcept {
  if (buckets_.empty()) return kNone;
  Index index = buckets_[static_cast<std::size_t>(hash) & (buckets_.size() - 1)];
  while (index != kNone && nodes_[index].hash != hash) index = nodes_[index].next_in_bucket;
  return index;
}

RecordPtr Sieve::find(const LookupKey& key, UnixTime now, RecordPtr& dropped) noexcept {
  const Index index = index_of(key.hash);
  if (index == kNone) return nullptr;
  Node& node = nodes_[index];
  if (!is_slot_text(key.text, *node.record)) return nullptr;
  if (node.expires <= now) {
    dropped = remove(index);
    return nullptr;
  }
  // Written once: the line of a hot node then stays in every core's cache.
  if (!node.visited) node.visited = true;
  return node.record;
}

Sieve::Inserted Sieve::insert(const LookupKey& key, RecordPtr record, UnixTime expires,
                              std::vector<RecordPtr>& dropped) {
  const std::size_t cost = record->footprint();
  bool visited = false;
  if (const Index old = index_of(key.hash); old != kNone) {
    visited = nodes_[old].visited;
    dropped.push_back(remove(old));
  }
  make_room(cost, dropped);
  if (bytes() + cost + growth() > budget_) return Inserted::TooLarge;

  const Index index = take_node();
  Node& node = nodes_[index];
  node.hash = key.hash;
  node.record = std::move(record);
  node.expires = expires;
  node.visited = visited;
  Index& bucket = bucket_of(key.hash);
  node.next_in_bucket = std::exchange(bucket, index);
  link_newest(index);
  record_bytes_ += cost;
  ++entries_;
  return Inserted::Yes;
}

std::size_t Sieve::visit(std::size_t from, std::size_t most, std::vector<RecordPtr>& out) const {
  const std::size_t end = std::min(nodes_.size(), from + most);
  for (std::size_t i = from; i < end; ++i) {
    if (nodes_[i].record) out.push_back(nodes_[i].record);
  }
  return end < nodes_.size() ? end : 0;
}

void Sieve::erase(const LookupKey& key, RecordPtr& dropped) noexcept {
  const Index index = index_of(key.hash);
  if (index == kNone || !is_slot_text(key.text, *nodes_[index].record)) return;
  dropped = remove(index);
}

void Sieve::erase_hash(std::uint64_t hash, RecordPtr& dropped) noexcept {
  const Index index = index_of(hash);
  if (index != kNone) dropped = remove(index);
}

std::size_t Sieve::growth() const noexcept {
  std::size_t sum = free_ == kNone ? sizeof(Node) + kDequeShare : 0;
  if (entries_ == buckets_.size()) {
    sum += std::max(kFirstBuckets, buckets_.size()) * sizeof(Index);
  }
  return sum;
}

void Sieve::make_room(std::size_t cost, std::vector<RecordPtr>& dropped) {
  // What can never fit must not throw out everything else on its way to being refused.
  const std::size_t least = bytes() - record_bytes_ + cost;
  if (least > budget_) return;
  while (entries_ > 0 && bytes() + cost + growth() > budget_) {
    dropped.push_back(remove(victim()));
    ++evictions_;
  }
}

Sieve::Index Sieve::victim() noexcept {
  Index index = hand_ == kNone ? oldest_ : hand_;
  while (nodes_[index].visited) {
    nodes_[index].visited = false;
    index = nodes_[index].newer == kNone ? oldest_ : nodes_[index].newer;
  }
  hand_ = index;
  return index;
}

RecordPtr Sieve::remove(Index index) noexcept {
  Node& node = nodes_[index];
  Index* link = &bucket_of(node.hash);
  while (*link != index) link = &nodes_[*link].next_in_bucket;
  *link = node.next_in_bucket;
  unlink(index);
  node.next_in_bucket = std::exchange(free_, index);
  record_bytes_ -= node.record->footprint();
  --entries_;
  return std::move(node.record);
}

Sieve::Index Sieve::take_node() {
  if (entries_ == buckets_.size()) grow_buckets();
  if (free_ != kNone) {
    const Index index = free_;
    free_ = nodes_[index].next_in_bucket;
    return index;
  }
  nodes_.emplace_back();
  return static_cast<Index>(nodes_.size() - 1);
}

void Sieve::grow_buckets() {
  const std::size_t wanted = std::max(kFirstBuckets, buckets_.size() * 2);
  std::vector<Index> grown(wanted, kNone);  // beside the old ones: it may fail
  buckets_ = std::move(grown);
  for (Index index = oldest_; index != kNone; index = nodes_[index].newer) {
    Index& bucket = bucket_of(nodes_[index].hash);
    nodes_[index].next_in_bucket = std::exchange(bucket, index);
  }
}

void Sieve::link_newest(Index index) noexcept {
  nodes_[index].older = newest_;
  nodes_[index].newer = kNone;
  if (newest_ != kNone) nodes_[newest_].newer = index;
  newest_ = index;
  if (oldest_ == kNone) oldest_ = index;
}

void Sieve::unlink(Index index) noexcept {
  const Node& node = nodes_[index];
  if (hand_ == index) hand_ = node.newer;
  if (node.newer != kNone) nodes_[node.newer].older = node.older;
  if (node.older != kNone) nodes_[node.older].newer = node.newer;
  if (newest_ == index) newest_ = node.older;
  if (oldest_ == index) oldest_ = node.newer;
}

}  // namespace wf::cache
