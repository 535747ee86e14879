// The command: explores within bounds, without guards, or checks all that the
// lists demand.
#include <charconv>
#include <cstdio>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>

#include "tests/model/cases.hpp"
#include "tests/model/check.hpp"
#include "tests/model/explore.hpp"

namespace {

using namespace model;

constexpr const char* kUsage =
    "Usage: coherence_model --check quick|full\n"
    "       coherence_model [--without GUARD[,GUARD]] [--BOUND N]... "
    "[--progress] [--most N]\n"
    "                       [--trace]\n"
    "       coherence_model --list\n"
    "\n"
    "  --check     explores what tests/model/cases.cpp and removals.cpp list; "
    "fails if a property\n"
    "              breaks, or does not break where a guard is missing\n"
    "  --without   leaves guards out; without bounds, within those of the "
    "list\n"
    "  --progress  also asks whether everything can end; keeps all steps in "
    "memory\n"
    "  --most      stops after so many states\n"
    "  --trace     prints the steps to the violation, one of the shortest "
    "ways\n"
    "  --list      prints steps, guards and bounds\n";

struct Arguments {
  std::string check;
  std::string without;
  std::string bounds;
  std::uint64_t most = 4'000'000'000;
  bool progress = false;
  bool trace = false;
  bool list = false;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("not a number: " + std::string{text});
  }
  return value;
}

Arguments parse(std::span<char*> words) {
  Arguments out;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const auto value = [&] {
      if (++i >= words.size()) throw std::invalid_argument("no value: " + std::string{word});
      return std::string{words[i]};
    };
    if (word == "--check") {
      out.check = value();
    } else if (word == "--without") {
      out.without = value();
    } else if (word == "--most") {
      out.most = number(value());
    } else if (word == "--progress") {
      out.progress = true;
    } else if (word == "--trace") {
      out.trace = true;
    } else if (word == "--list") {
      out.list = true;
    } else if (word.starts_with("--")) {
      out.bounds += std::string{word.substr(2)} + "=" + value() + " ";
    } else {
      throw std::invalid_argument("unknown: " + std::string{word});
    }
  }
  return out;
}

int list() {
  std::printf("Steps\n");
  for (const auto steps : all_steps()) {
    for (const Step& step : steps) {
      std::printf("  %-28s %s\n", std::string{step.name}.c_str(), std::string{step.says}.c_str());
    }
  }
  std::printf("\nGuards\n");
  for (const GuardText& guard : guards()) {
    std::printf("  %-28s %s\n", std::string{guard.name}.c_str(), std::string{guard.says}.c_str());
  }
  std::printf("\nBounds, and what they are by themselves: %s\n", names_of_bounds().c_str());
  return 0;
}

std::string bounds_for(const Arguments& arguments) {
  if (!arguments.bounds.empty()) return arguments.bounds;
  for (const Removal& removal : removals()) {
    if (removal.guards == arguments.without) return std::string{removal.bounds};
  }
  return {};
}

int explore_once(const Arguments& arguments) {
  const Bounds bounds = bounds_of(bounds_for(arguments));
  const Rules rules{bounds, guards_of(arguments.without)};
  const Findings found = explore({rules, arguments.most, arguments.progress});
  if (arguments.trace) std::fputs(text_of(found.trace, bounds).c_str(), stdout);
  if (found.broken != Property::None) {
    std::printf("%s: %s\n", std::string{name_of(found.broken)}.c_str(),
                std::string{text_of(found.broken)}.c_str());
  }
  std::printf("%s\n", text_of(found, bounds).c_str());
  return found.broken == Property::None ? 0 : 1;
}

int run(const Arguments& arguments) {
  if (arguments.list) return list();
  if (arguments.check == "quick") return check(quick_explorations(), removals());
  if (arguments.check == "full") return check(full_explorations(), {});
  if (!arguments.check.empty()) throw std::invalid_argument("--check: quick or full");
  return explore_once(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::span<char*> words{argv, static_cast<std::size_t>(argc)};
    if (words.size() < 2 || std::string_view{words[1]} == "--help") {
      std::fputs(kUsage, stdout);
      return words.size() < 2 ? 2 : 0;
    }
    return run(parse(words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "coherence_model: %s\n%s", error.what(), kUsage);
    return 2;
  }
}
