#include "proxy/server/desk.hpp"

namespace wf::server {

namespace {

constexpr std::size_t kKeepBytes = 16384;

}  // namespace

std::unique_ptr<Desk> DeskStock::take() {
  if (spare_.empty()) {
    spare_.reserve(kMostSpare);
    return std::make_unique<Desk>(rules_);
  }
  std::unique_ptr<Desk> desk = std::move(spare_.back());
  spare_.pop_back();
  return desk;
}

void DeskStock::give_back(std::unique_ptr<Desk> desk) noexcept {
  if (spare_.size() >= kMostSpare) return;
  desk->reader.reset();
  desk->head_bytes.clear();
  desk->head_bytes.shrink(kKeepBytes);
  desk->body_bytes.clear();
  desk->body_bytes.shrink(kKeepBytes);
  desk->ahead = {};
  spare_.push_back(std::move(desk));
}

}  // namespace wf::server
