#include "proxy/cache/fill_table.hpp"

namespace wf::cache {

FillPermit::FillPermit(FillTable& table, std::shared_ptr<Fill> fill)
    : table_(&table), fill_(std::move(fill)) {}

FillPermit::~FillPermit() {
  if (!fill_) return;  // moved from
  table_->remove(*fill_);
  fill_->answer(FillAnswer{});
  fill_->feed().fail({ErrorCode::Cancelled, Side::Self, Retry::Safe, "fill abandoned"});
  fill_->end();
}

std::size_t FillTable::size() const {
  const std::lock_guard lock{mutex_};
  return fills_.size();
}

std::shared_ptr<Fill> FillTable::find(std::string_view key) const {
  const std::lock_guard lock{mutex_};
  const auto found = fills_.find(std::string{key});
  return found == fills_.end() ? nullptr : found->second;
}

void FillTable::remove(const Fill& fill) {
  const std::lock_guard lock{mutex_};
  const auto found = fills_.find(fill.key());
  // A newer fill may have taken the place of this one.
  if (found != fills_.end() && found->second.get() == &fill) fills_.erase(found);
}

}  // namespace wf::cache
