// FM-33: the wall clock of one proxy is put an hour forward, then an hour back.
//
// libfaketime (Debian's) stands between that process and the C library; the steady clock stays
// true, as it does when an operator sets the time. Without it the tests are passed over, and say
// so.

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "tests/fleet/promises.hpp"
#include "tests/fleet/story.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kTtl{3000};

/// The wall clock of a process that is started with `environment`.
class FakeWall {
 public:
  FakeWall() { set("+0"); }

  [[nodiscard]] static std::string library() {
    for (const char* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"}) {
      const std::string path = std::string{folder} + "/faketime/libfaketimeMT.so.1";
      if (std::filesystem::exists(path)) return path;
    }
    return {};
  }
  [[nodiscard]] std::vector<std::string> environment() const {
    return {"LD_PRELOAD=" + library(), "FAKETIME_TIMESTAMP_FILE=" + path_, "FAKETIME_NO_CACHE=1",
            "DONT_FAKE_MONOTONIC=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"};
  }
  /// Seconds from the true time: "+3600".
  void set(std::string_view offset) const {
    // Renamed into its place, so that it is never read half written.
    const std::string next = path_ + ".next";
    std::ofstream{next} << offset << "\n";
    std::filesystem::rename(next, path_);
  }

 private:
  TempDir directory_;
  const std::string path_ = directory_.path("wall");
};

/// Whether `text` holds the time that it is, moved by the offset; to the minute, as `format` says.
bool holds_time(std::string_view text, const char* format, std::chrono::seconds offset) {
  for (const std::chrono::seconds late : {0s, 5s}) {
    const auto moved = std::chrono::system_clock::now() + offset - late;
    const std::time_t time = std::chrono::system_clock::to_time_t(moved);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 64> written{};
    const std::size_t size = std::strftime(written.data(), written.size(), format, &parts);
    if (text.find(std::string_view{written.data(), size}) != std::string_view::npos) return true;
  }
  return false;
}

/// How long an answer that was fetched just now is served by that proxy.
milliseconds lifetime(std::uint16_t fetched_by, std::uint16_t served_by,
                      const std::string& target) {
  const auto began = steady_clock::now();
  const unsigned first = get(fetched_by, target).serial();
  HttpClient client{served_by};
  while (client.get(target).serial() == first) std::this_thread::sleep_for(20ms);
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
}

/// Of those of both ways, the one that is furthest from what was configured.
milliseconds worst_error(const Stage& stage, const std::string& name) {
  const std::vector<std::uint16_t> ports = stage.ports();
  milliseconds worst{0};
  std::vector<std::thread> threads;
  std::mutex mutex;
  for (const auto& [from, to] : {std::pair{0, 0}, std::pair{0, 1}, std::pair{1, 0}}) {
    threads.emplace_back([&, from = from, to = to] {
      const std::string target = fmt::format("/{}/{}{}", name, from, to);
      const milliseconds lived = lifetime(ports.at(static_cast<std::size_t>(from)),
                                          ports.at(static_cast<std::size_t>(to)), target);
      const std::lock_guard lock{mutex};
      worst = std::max(worst, milliseconds{std::abs((lived - kTtl).count())});
    });
  }
  for (std::thread& thread : threads) thread.join();
  return worst;
}

}  // namespace

TEST_CASE("FM-33 one proxy's wall clock jumps by an hour", "[node]") {
  if (FakeWall::library().empty()) {
    WARN("libfaketime is not installed: FM-33 is passed over (tests/packages.txt)");
    return;
  }
  const std::string jump = GENERATE(as<std::string>{}, "+3600", "-3600");
  const FakeWall wall;
  StageSettings settings;
  settings.cache = "{ttl: 3s}";
  settings.environment = wall.environment();
  Stage stage{std::move(settings)};
  milliseconds before{0};
  milliseconds after{0};
  std::string date;
  const std::chrono::seconds offset{std::stoi(jump)};
  const auto set_wall = [&] {
    before = worst_error(stage, "before");
    // One that was fetched before the jump ends after it.
    std::thread across{[&] { after = worst_error(stage, "across"); }};
    wall.set(jump);
    across.join();
    after = std::max(after, worst_error(stage, "after"));
    date = get(stage.proxy(0).port(), "/date").field("Date");
  };
  const Story story = play(stage, {"FM-33", "one proxy's wall clock jumps by " + jump + " s",
                                   set_wall, [&] { wall.set("+0"); }});
  fmt::print("FM-33  lifetime of 3 s: error {} ms before, {} ms across the jump and after it; {}\n",
             before.count(), after.count(), date);
  check_nobody_noticed(story);
  check_slower_by(story, 10ms);
  check_recovered_within(story, 2s);
  CHECK(after <= 2s);
  CHECK(holds_time(date, "%d %b %Y %H:%M:", 0s));
  // Started with a wall clock that is wrong already, it measures the fleet's time and goes by that.
  wall.set(jump);
  // The log is written by that wall clock: it does jump.
  CHECK(holds_time(stage.restart(0).process().output(), "%Y-%m-%dT%H:%M:", offset));
  CHECK(worst_error(stage, "started") <= 2s);
}

}  // namespace wf::test
