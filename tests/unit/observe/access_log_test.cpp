// One exchange, one line, one JSON object, whatever bytes came in; and no disk can hold us up.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include <boost/json.hpp>

#include "proxy/observe/access_log.hpp"

using namespace wf;
using observe::AccessEntry;
using observe::AccessLog;
using namespace std::literals;
namespace json = boost::json;

namespace {

/// Any bytes, those that JSON and terminals dislike more often.
std::string hostile(std::mt19937& chance) {
  static constexpr std::string_view kWorst = "\"\\\n\r\t\0\x1b\x7f\x80\xff\xc3\xa9%{}/u"sv;
  std::string text;
  for (auto left = chance() % 40; left > 0; --left) {
    text += chance() % 2 == 0 ? kWorst[chance() % kWorst.size()] : static_cast<char>(chance());
  }
  return text;
}

/// What the JSON text of `text` means: each byte is the character of that number.
std::string as_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | byte >> 6U);
      out += static_cast<char>(0x80 | (byte & 0x3fU));
    }
  }
  return out;
}

bool one_printable_line(const std::string& line) {
  return std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

struct TemporaryFile {
  TemporaryFile()
      : path(std::filesystem::temp_directory_path() /
             ("wf-access-" + std::to_string(::getpid()) + ".log")) {}
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("any bytes make one line of valid JSON that says them again (SEC-28)") {
  std::mt19937 chance{3};
  for (int round = 0; round < 3000; ++round) {
    const std::string target = hostile(chance);
    const std::string host = hostile(chance);
    const std::string detail = hostile(chance);
    AccessEntry entry;
    entry.target = target;
    entry.host = host;
    entry.method = target;
    entry.client = host;
    entry.route = detail;
    entry.reason = detail;
    entry.upstream = detail;
    entry.status = static_cast<unsigned>(chance() % 600);
    entry.set_error({ErrorCode::Malformed, Side::Client, Retry::No, detail});
    const std::string line = observe::format_entry(entry, UnixTime{Millis{1'700'000'000'042}});
    INFO(line);
    REQUIRE(one_printable_line(line));
    json::error_code bad;
    const json::value value = json::parse(line, bad);
    REQUIRE_FALSE(bad);
    if (!target.empty()) CHECK(value.at("target").as_string() == as_utf8(target));
    if (!host.empty()) CHECK(value.at("host").as_string() == as_utf8(host));
    CHECK(value.at("status").to_number<unsigned>() == entry.status);
    CHECK(value.at("side").as_string() == "client");
    CHECK(value.at("time").as_string() == "2023-11-14T22:13:20.042Z");
  }
}

TEST_CASE("what is unknown is left out, what is counted is a number") {
  AccessEntry entry;
  entry.status = 200;
  entry.outcome = policy::Outcome::HitFresh;
  entry.tier = "memory";
  entry.bytes_out = 5'000'000'000;
  entry.total = Micros{120};
  const json::value value = json::parse(observe::format_entry(entry, UnixTime{}));
  const json::object& object = value.as_object();
  CHECK(value.at("bytes_out").to_number<std::uint64_t>() == 5'000'000'000);
  CHECK(value.at("total_us").to_number<int>() == 120);
  CHECK(value.at("tier").as_string() == "memory");
  for (const char* name : {"upstream", "error", "side", "connect_us", "client", "reason"}) {
    CHECK_FALSE(object.contains(name));
  }
}

TEST_CASE("every write is a line of the file, from any thread") {
  const TemporaryFile file;
  const FakeClock clock;
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  {
    AccessLog log{file.path.string(), clock};
    CHECK(log.enabled());
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&log] {
        AccessEntry entry;
        entry.target = "/a\nb";
        for (int n = 0; n < kLines; ++n) log.write(entry);
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(log.lost() == 0);
  }
  const auto lines = lines_of(file.path);
  CHECK(lines.size() == kThreads * kLines);
  for (const std::string& line : lines) {
    json::error_code bad;
    (void)json::parse(line, bad);
    REQUIRE_FALSE(bad);
  }
}

TEST_CASE("a full disk loses lines, counts them and holds nobody up") {
  const FakeClock clock;
  AccessLog log{"/dev/full", clock};
  AccessEntry entry;
  const std::string target(1000, 'x');
  entry.target = target;
  constexpr std::uint64_t kLines = 100;
  for (std::uint64_t i = 0; i < kLines; ++i) log.write(entry);
  const auto until = timer_now() + std::chrono::seconds{20};
  while (log.lost() < kLines && timer_now() < until) std::this_thread::yield();
  CHECK(log.lost() >= kLines);
}

TEST_CASE("a log that is off writes nothing; a file that cannot be opened is told at once") {
  const FakeClock clock;
  AccessLog off{"off", clock};
  CHECK_FALSE(off.enabled());
  off.write({});
  CHECK(off.lost() == 0);
  CHECK_THROWS_AS((AccessLog{"/dev/null/access.log", clock}), std::runtime_error);
}
