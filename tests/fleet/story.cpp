#include "tests/fleet/story.hpp"

#include <iostream>
#include <thread>

#include <fmt/format.h>

#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void warm(const LoadPlan& plan) {
  for (const std::uint16_t port : plan.ports) {
    HttpClient client{port};
    for (std::size_t i = 0; i < plan.warm_keys; ++i) client.get("/warm/" + std::to_string(i));
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < plan.hot_keys; ++i) client.get("/hot/" + std::to_string(i));
    }
  }
}

std::string row(const Fault& fault, const Story& story) {
  const auto ms = [](microseconds time) { return static_cast<double>(time.count()) / 1000; };
  std::string text = fmt::format(
      "{:6} {:44} requests {:6} failed {:4}  p99 ms {:7.1f} -> {:7.1f}  p50 {:5.1f} -> {:5.1f}  "
      "recovery {} ms",
      fault.id, fault.what, story.fault.requests, story.failed(), ms(story.base.quantile(0.99)),
      ms(story.fault.quantile(0.99)), ms(story.base.quantile(0.5)), ms(story.fault.quantile(0.5)),
      story.recovery.count());
  for (const Noticed* phase : {&story.fault, &story.after}) {
    for (const auto& [what, count] : phase->failures) text += fmt::format("; {} x{}", what, count);
  }
  return text;
}

}  // namespace

milliseconds fault_length() { return milliseconds{setting("WARMFRONT_FAULT_SECONDS", 2) * 1000}; }

milliseconds slack() { return milliseconds{setting("WARMFRONT_FAULT_SLACK", 250)}; }

Story play(Stage& stage, const Fault& fault) { return play(stage, fault, stage.plan()); }

Story play(Stage& stage, const Fault& fault, LoadPlan plan) {
  constexpr milliseconds kBase{1500};
  constexpr milliseconds kPatience{20'000};
  warm(plan);
  Load load{std::move(plan)};
  Story story;
  static_cast<void>(load.next_phase());
  std::this_thread::sleep_for(kBase);
  story.base = load.next_phase();
  fault.begin();
  std::this_thread::sleep_for(fault_length());
  story.fault = load.next_phase();
  fault.end();
  const auto ended = steady_clock::now();
  story.recovered = eventually([&] { return stage.shared(); }, kPatience);
  story.recovery = std::chrono::duration_cast<milliseconds>(steady_clock::now() - ended);
  story.after = load.finish();
  std::cout << row(fault, story) << std::endl;
  return story;
}

}  // namespace wf::test
