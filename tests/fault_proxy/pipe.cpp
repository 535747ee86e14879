#include "tests/fault_proxy/pipe.hpp"

#include <algorithm>

namespace wf::fault {

namespace {

constexpr std::uint64_t kMillion = 1'000'000;

std::chrono::microseconds time_for(std::size_t bytes, std::uint64_t rate) {
  if (rate == 0) return std::chrono::microseconds{0};
  return std::chrono::microseconds{bytes * kMillion / rate};
}

/// `first`: the place of bytes[0] in the whole stream.
void flip(std::string& bytes, std::uint64_t first, std::uint64_t every) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if ((first + i + 1) % every == 0) bytes[i] = static_cast<char>(bytes[i] ^ 0x10);
  }
}

}  // namespace

void Pipe::push(std::string_view bytes, TimePoint now, const Faults& faults, double chance) {
  if (bytes.empty()) return;
  const std::uint64_t first = taken_;
  taken_ += bytes.size();
  if (faults.swallow) return;
  Piece piece{std::string{bytes}, now + faults.delay};
  piece.due += std::chrono::duration_cast<TimePoint::duration>(faults.jitter * chance);
  // Never before what came earlier, and at a limited rate only after that has been paid for.
  piece.due = std::max(piece.due, last_due_ + time_for(bytes.size(), faults.rate));
  if (faults.flip) flip(piece.bytes, first, *faults.flip);
  last_due_ = piece.due;
  held_ += bytes.size();
  pieces_.push_back(std::move(piece));
}

std::string_view Pipe::ready(TimePoint now) const {
  if (pieces_.empty() || pieces_.front().due > now) return {};
  return pieces_.front().bytes;
}

void Pipe::pop(std::size_t count) {
  held_ -= count;
  passed_ += count;
  std::string& front = pieces_.front().bytes;
  if (count == front.size()) {
    pieces_.pop_front();
  } else {
    front.erase(0, count);
  }
}

std::optional<TimePoint> Pipe::next() const {
  if (pieces_.empty()) return std::nullopt;
  return pieces_.front().due;
}

}  // namespace wf::fault
