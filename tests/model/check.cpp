#include "tests/model/check.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

namespace model {

namespace {

struct Case {
  std::string guards;  ///< left out
  std::string bounds;
  std::string text;
  Property demanded = Property::None;
  bool progress = false;
};

struct Tally {
  std::mutex mutex;  // guards all below, and the output
  std::uint64_t states = 0;
  std::uint64_t largest = 0;
  std::uint64_t taken = 0;  ///< as Findings::taken, of all
  int wrong = 0;
};

std::vector<Case> cases_of(const std::vector<Whole>& wholes, const std::vector<Removal>& missing) {
  std::vector<Case> cases;
  for (const Whole& whole : wholes) {
    cases.push_back(
        {"", std::string{whole.bounds}, std::string{whole.what}, Property::None, whole.progress});
  }
  for (const Removal& removal : missing) {
    cases.push_back(
        {std::string{removal.guards}, std::string{removal.bounds}, std::string{removal.because},
         removal.broken,
         removal.broken == Property::None || removal.broken == Property::EverythingEnds});
  }
  return cases;
}

/// Every guard has a row of its own: none can be added without saying what it
/// is for.
std::vector<std::string> guards_without_row(const std::vector<Removal>& missing) {
  std::vector<std::string> forgotten;
  for (const GuardText& guard : guards()) {
    if (std::ranges::find(missing, guard.name, &Removal::guards) == missing.end()) {
      forgotten.emplace_back(guard.name);
    }
  }
  return forgotten;
}

/// A step that nothing ever takes makes the properties hold for the wrong
/// reason.
std::vector<std::string> steps_not_taken(std::uint64_t taken) {
  std::vector<std::string> idle;
  for (const auto steps : all_steps()) {
    for (const Step& step : steps) {
      if ((taken & 1U) == 0) idle.emplace_back(step.name);
      taken >>= 1U;
    }
  }
  return idle;
}

bool as_demanded(const Case& one, const Findings& found) {
  if (found.broken != one.demanded) return false;
  return one.demanded != Property::None || found.complete;
}

void run_case(const Case& one, Tally& tally) {
  const auto began = std::chrono::steady_clock::now();
  const Bounds bounds = bounds_of(one.bounds);
  const Findings found =
      explore({Rules{bounds, guards_of(one.guards)}, 4'000'000'000, one.progress});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;

  const std::lock_guard lock{tally.mutex};
  const bool right = as_demanded(one, found);
  tally.states += found.states;
  tally.taken |= found.taken;
  tally.largest = std::max(tally.largest, found.states);
  if (!right) ++tally.wrong;
  const std::string guards = one.guards.empty() ? "all guards" : "without " + one.guards;
  std::printf("%s  %s (%s)\n        %s, %.1f s\n", right ? "ok   " : "WRONG", guards.c_str(),
              one.text.c_str(), text_of(found, bounds).c_str(), took.count());
  if (!right) {
    std::printf("        demanded: %s\n%s", std::string{name_of(one.demanded)}.c_str(),
                text_of(found.trace, bounds).c_str());
  }
  std::fflush(stdout);
}

void run_all(const std::vector<Case>& cases, Tally& tally) {
  std::atomic<std::size_t> turn{0};
  std::vector<std::jthread> threads;
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < std::min(cores, 4U); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = turn++; at < cases.size(); at = turn++) run_case(cases[at], tally);
    });
  }
}

}  // namespace

int check(const std::vector<Whole>& wholes, const std::vector<Removal>& missing) {
  Tally tally;
  if (!missing.empty()) {
    for (const std::string& name : guards_without_row(missing)) {
      std::printf("WRONG  no row in removals.cpp says what guard %s is for\n", name.c_str());
      ++tally.wrong;
    }
  }
  const std::vector<Case> cases = cases_of(wholes, missing);
  run_all(cases, tally);
  if (!missing.empty()) {
    for (const std::string& name : steps_not_taken(tally.taken)) {
      std::printf("WRONG  step %s was never taken\n", name.c_str());
      ++tally.wrong;
    }
  }
  std::printf("%zu explorations, %llu states, the largest %llu; %d not as demanded\n", cases.size(),
              static_cast<unsigned long long>(tally.states),
              static_cast<unsigned long long>(tally.largest), tally.wrong);
  return tally.wrong == 0 ? 0 : 1;
}

std::string text_of(const Findings& found, const Bounds& bounds) {
  std::string text = bounds.text() + ": ";
  if (found.broken != Property::None) {
    text += std::string{name_of(found.broken)};
    text += " broken after " + std::to_string(found.trace.size()) + " steps";
  } else {
    text += found.complete ? "all holds" : "all holds so far, not all states seen";
  }
  return text + "; " + std::to_string(found.states) + " states, " + std::to_string(found.steps) +
         " transitions, depth " + std::to_string(found.depth);
}

}  // namespace model
