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

void DeskStock::replace(DeskRules rules) {
  rules_ = std::move(rules);
  spare_.clear();
}

void DeskStock::give_back(std::unique_ptr<Desk> desk) noexcept {
  if (spare_.size() >= kMostSpare || desk->config != rules_.config) return;
  desk->request.reset();
  desk->reader.reset();
  desk->head_bytes.clear();
  desk->head_bytes.shrink(kKeepBytes);
  desk->body_bytes.clear();
  desk->body_bytes.shrink(kKeepBytes);
  desk->ahead = {};
  spare_.push_back(std::move(desk));
}

}  // namespace wf::server
