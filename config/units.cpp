#include "config/units.hpp"

#include <array>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// In milliseconds, largest first: the order in which they may be written.
constexpr std::array kDurationUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                    Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr std::uint64_t kKilo = 1000;
constexpr std::array kSizeUnits{Unit{"TiB", std::uint64_t{1} << 40U},
                                Unit{"GiB", std::uint64_t{1} << 30U},
                                Unit{"MiB", std::uint64_t{1} << 20U},
                                Unit{"KiB", std::uint64_t{1} << 10U},
                                Unit{"TB", kKilo* kKilo* kKilo* kKilo},
                                Unit{"GB", kKilo* kKilo* kKilo},
                                Unit{"MB", kKilo* kKilo},
                                Unit{"kB", kKilo},
                                Unit{"KB", kKilo},
                                Unit{"B", 1}};

constexpr std::string_view kDurationForm = "a duration such as 250ms, 5m or 1h30m";
constexpr std::string_view kSizeForm = "a size such as 512B, 64MiB or 10MB";

Fault expected(std::string_view form, std::string_view text, std::string_view why = {}) {
  return fault(fmt::format("expected {}, found {}{}", form, quoted(text), why));
}

/// Takes the characters for which `belongs` holds off the front of `rest`.
template <class Belongs>
std::string_view take_while(std::string_view& rest, Belongs belongs) {
  std::size_t n = 0;
  while (n < rest.size() && belongs(rest[n])) ++n;
  const std::string_view taken = rest.substr(0, n);
  rest.remove_prefix(n);
  return taken;
}

std::size_t index_of(std::span<const Unit> units, std::string_view name) {
  std::size_t i = 0;
  while (i < units.size() && units[i].name != name) ++i;
  return i;
}

std::string near_unit(std::span<const Unit> units, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Unit& unit : units) names.push_back(unit.name);
  return name.empty() ? ": the unit is missing" : suggestion(name, names);
}

/// number × factor, or nothing where it is more than `most`.
std::optional<std::uint64_t> scaled(std::string_view digits, std::uint64_t factor,
                                    std::uint64_t most) {
  const auto number = ascii::parse_uint(digits);
  if (!number || *number > most / factor) return std::nullopt;
  return *number * factor;
}

}  // namespace

Parsed<std::chrono::milliseconds> parse_duration(std::string_view text) {
  using std::chrono::milliseconds;
  if (text == "0") return milliseconds{0};
  constexpr auto kMost = static_cast<std::uint64_t>(kLongestDuration.count());
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  std::string_view rest = text;
  do {
    const std::string_view digits = take_while(rest, ascii::is_digit);
    const std::string_view name = take_while(rest, ascii::is_alpha);
    if (digits.empty()) return expected(kDurationForm, text);
    const std::size_t unit = index_of(kDurationUnits, name);
    if (unit == kDurationUnits.size()) {
      return expected(kDurationForm, text, near_unit(kDurationUnits, name));
    }
    if (unit < next_unit) {
      return expected(kDurationForm, text, ": larger units come first, each once");
    }
    next_unit = unit + 1;
    const auto part = scaled(digits, kDurationUnits[unit].factor, kMost);
    if (!part || *part > kMost - total) {
      return fault(fmt::format("{} is longer than a hundred years", quoted(text)));
    }
    total += *part;
  } while (!rest.empty());
  return milliseconds{static_cast<milliseconds::rep>(total)};
}

Parsed<Bytes> parse_size(std::string_view text) {
  if (text == "0") return Bytes{0};
  std::string_view name = text;
  const std::string_view digits = take_while(name, ascii::is_digit);
  if (digits.empty()) return expected(kSizeForm, text);
  const std::size_t unit = index_of(kSizeUnits, name);
  if (unit == kSizeUnits.size()) {
    return expected(kSizeForm, text, near_unit(kSizeUnits, name));
  }
  const auto size = scaled(digits, kSizeUnits[unit].factor, kLargestSize.count);
  if (!size) return fault(fmt::format("{} is more than 1 EiB", quoted(text)));
  return Bytes{*size};
}

Parsed<unsigned> parse_percent(std::string_view text) {
  std::string_view digits = text;
  if (digits.ends_with('%')) digits.remove_suffix(1);
  const auto number = ascii::parse_uint(digits);
  if (!number || *number > 100) return expected("a percentage from 0 to 100", text);
  return static_cast<unsigned>(*number);
}

Parsed<Share> parse_share(std::string_view text) {
  constexpr std::string_view kForm = "a size such as 64MiB, or 1% to 100%";
  if (text.ends_with('%')) {
    const auto percent = parse_percent(text);
    if (!percent || *percent == 0) return expected(kForm, text);
    return Share{Bytes{0}, *percent};
  }
  const auto size = parse_size(text);
  if (!size) return expected(kForm, text);
  if (size->count == 0) return fault("must be more than 0");
  return Share{*size, 0};
}

std::string to_text(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string out;
  auto rest = static_cast<std::uint64_t>(duration.count());
  for (const Unit& unit : kDurationUnits) {
    if (rest >= unit.factor) out += fmt::format("{}{}", rest / unit.factor, unit.name);
    rest %= unit.factor;
  }
  return out;
}

std::string to_text(Bytes size) {
  if (size.count == 0) return "0B";
  for (const Unit& unit : std::span{kSizeUnits}.first(4)) {
    if (size.count % unit.factor == 0) {
      return fmt::format("{}{}", size.count / unit.factor, unit.name);
    }
  }
  return fmt::format("{}B", size.count);
}

std::string to_text(const Share& share) {
  return share.percent == 0 ? to_text(share.bytes) : fmt::format("{}%", share.percent);
}

}  // namespace wf::config
