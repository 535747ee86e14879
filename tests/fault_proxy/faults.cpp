#include "tests/fault_proxy/faults.hpp"

#include <array>
#include <span>
#include <vector>

#include "config/units.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::fault {

namespace {

using config::fault;
using config::Parsed;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<Direction> direction_of(std::string_view word) {
  if (word == "up") return Direction::Up;
  if (word == "down") return Direction::Down;
  if (word == "both") return Direction::Both;
  return std::nullopt;
}

enum class Unit : std::uint8_t { None, Duration, Size, Count };

struct Kind {
  std::string_view name;
  Change::What what;
  Unit unit;
};

constexpr std::array<Kind, 6> kKinds{{
    {"delay", Change::What::Delay, Unit::Duration},
    {"jitter", Change::What::Jitter, Unit::Duration},
    {"rate", Change::What::Rate, Unit::Size},
    {"swallow", Change::What::Swallow, Unit::None},
    {"cut", Change::What::Cut, Unit::Count},
    {"flip", Change::What::Flip, Unit::Count},
}};

Parsed<std::uint64_t> parse_value(Unit unit, std::string_view text) {
  if (unit == Unit::Duration) {
    const auto duration = config::parse_duration(text);
    if (!duration) return duration.error();
    return static_cast<std::uint64_t>(duration->count());
  }
  if (unit == Unit::Size) {
    const auto size = config::parse_size(text);
    if (!size) return size.error();
    return size->count;
  }
  const auto count = ascii::parse_uint(text);
  if (!count || *count == 0) return fault("a number of bytes from 1 is expected");
  return *count;
}

Parsed<Command> parse_change(const Kind& kind, std::span<const std::string_view> words) {
  Change change{kind.what, 1, Direction::Both};
  if (kind.unit != Unit::None) {
    if (words.empty()) return fault(std::string{kind.name} + " needs a value");
    const auto value = parse_value(kind.unit, words.front());
    if (!value) return value.error();
    change.value = *value;
    words = words.subspan(1);
  }
  if (words.empty()) return Command{change};
  const auto direction = direction_of(words.front());
  if (!direction || words.size() > 1) return fault("up, down or nothing is expected at the end");
  change.direction = *direction;
  return Command{change};
}

Parsed<Command> parse_plain(std::string_view name, std::span<const std::string_view> words) {
  if (name == "half-close") {
    const auto direction = words.empty() ? Direction::Both : direction_of(words.front());
    if (!direction || words.size() > 1) return fault("half-close takes up, down or nothing");
    return Command{HalfClose{*direction}};
  }
  if (name == "stall") {
    if (words.size() != 1) {
      return fault(
          "stall needs the place of a connection, 0 being the oldest, or a word of its own");
    }
    const auto place = ascii::parse_uint(words.front());
    if (place) return Command{Stall{*place}};
    return Command{Stall{0, std::string{words.front()}}};
  }
  if (!words.empty()) return fault(std::string{name} + " takes no value");
  if (name == "clear") return Command{Clear{}};
  if (name == "reset") return Command{Reset{}};
  if (name == "refuse") return Command{Refuse{}};
  if (name == "accept") return Command{Accept{}};
  return fault("unknown command; help shows them");
}

}  // namespace

Parsed<Command> parse_command(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.empty()) return fault("a command is expected; help shows them");
  const std::span<const std::string_view> rest = std::span{words}.subspan(1);
  for (const Kind& kind : kKinds) {
    if (kind.name == words.front()) return parse_change(kind, rest);
  }
  return parse_plain(words.front(), rest);
}

Faults changed(Faults faults, const Change& change) {
  switch (change.what) {
    case Change::What::Delay:
      faults.delay = milliseconds{change.value};
      break;
    case Change::What::Jitter:
      faults.jitter = milliseconds{change.value};
      break;
    case Change::What::Rate:
      faults.rate = change.value;
      break;
    case Change::What::Swallow:
      faults.swallow = true;
      break;
    case Change::What::Cut:
      faults.cut_after = change.value;
      break;
    case Change::What::Flip:
      faults.flip = change.value;
      break;
  }
  return faults;
}

std::string_view command_help() noexcept {
  return "One command a line, each answered with ok or with what is wrong. [dir]: up (towards the\n"
         "target), down, or nothing for both.\n"
         "  delay 20ms [dir]    pass bytes on later        jitter 5ms [dir]  by up to so much "
         "more\n"
         "  rate 64KiB [dir]    so much a second at most   swallow [dir]     take, pass nothing "
         "on\n"
         "  cut 1000 [dir]      reset a connection once it has passed so many bytes\n"
         "  flip 1000 [dir]     invert a bit of every so-many-th byte\n"
         "  half-close [dir]    open connections send no more\n"
         "  stall 0             the oldest open connection passes nothing any more\n"
         "  stall WORD          the same of all whose client says WORD in its first 1024 bytes,\n"
         "                      also of those to come, until clear\n"
         "  reset               reset every open connection\n"
         "  refuse, accept      refuse new connections, take them again\n"
         "  clear               end every fault\n";
}

}  // namespace wf::fault
