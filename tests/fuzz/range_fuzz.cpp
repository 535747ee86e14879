// Range: every byte asked for is counted by hand.
#include "proxy/policy/range.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

/// The bytes 0 … length-1 that one spec selects; nothing if none.
std::optional<policy::ByteRange> by_hand(std::size_t first, std::optional<std::size_t> last,
                                         bool suffix, std::size_t length) {
  std::optional<policy::ByteRange> out;
  for (std::size_t at = 0; at < length; ++at) {
    const bool inside = suffix ? at + first >= length : at >= first && (!last || at <= *last);
    if (!inside) continue;
    if (!out) out = policy::ByteRange{at, at};
    out->last = at;
  }
  return out;
}

void check_one(fuzz::Choices choices) {
  const std::size_t length = choices.up_to(300), first = choices.up_to(400);
  const bool suffix = choices.coin();
  std::optional<std::size_t> last;
  if (!suffix && choices.coin()) last = first + choices.up_to(300);
  std::string text = "bytes=";
  text += suffix ? "-" + std::to_string(first) : std::to_string(first) + "-";
  if (last) text += std::to_string(*last);
  const std::vector<Field> request{{"Range", text}};
  const auto decision = policy::resolve_range(request, length);
  const auto expected = by_hand(first, last, suffix, length);
  if (!expected) {
    promise(decision.outcome != policy::RangeOutcome::Satisfiable, "nothing inside");
    return;
  }
  promise(decision.outcome == policy::RangeOutcome::Satisfiable, "satisfiable");
  promise(decision.ranges == std::vector<policy::ByteRange>{*expected}, "those bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::as_text(data, size);
  fuzz::Choices choices{bytes};
  check_one(choices);
  const std::uint64_t length = choices.up_to(60000);
  const std::string text = "bytes=" + std::string{choices.rest()};
  for (const std::string_view value : {std::string_view{text}, bytes}) {
    const std::vector<Field> request{{"Range", value}};
    const auto decision = policy::resolve_range(request, length);
    const bool satisfiable = decision.outcome == policy::RangeOutcome::Satisfiable;
    promise(satisfiable != decision.ranges.empty(), "ranges if and only if satisfiable");
    promise(decision.ranges.size() <= policy::kMaxRanges, "not many");
    std::uint64_t sum = 0;
    for (const auto& range : decision.ranges) {
      promise(range.first <= range.last && range.last < length, "inside");
      sum += range.last - range.first + 1;
    }
    promise(sum <= length, "never more than the whole");
    if (const auto part = policy::parse_content_range(value)) {
      promise(part->range.first <= part->range.last, "a part has bytes");
      promise(!part->length || part->range.last < *part->length, "inside the whole");
    }
  }
  return 0;
}
