#include "proxy/upstream/balancer.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace wf::upstream;
using namespace std::chrono_literals;
namespace asio = wf::net::asio;

namespace {

Endpoint address(char name) {
  const auto port = static_cast<std::uint16_t>(1000 + name);
  return asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), port};
}

char name_of(const std::optional<Endpoint>& endpoint) {
  for (char name = 'a'; endpoint && name <= 'z'; ++name) {
    if (*endpoint == address(name)) return name;
  }
  return '-';
}

std::vector<Endpoint> addresses(std::string_view names) {
  std::vector<Endpoint> result;
  for (const char name : names) result.push_back(address(name));
  return result;
}

// A conversation, one event per word: "n" asks for the next address, "n!x" for one after x failed,
// "-x" x failed, "+x" x succeeded, "@n" it is n ms after the start, "=abc" the addresses change.
struct Row {
  const char* sentence;
  const char* start;
  std::vector<std::string> events;
  const char* chosen;
};

std::string play(const Row& row) {
  Balancer balancer{5s};
  balancer.replace(addresses(row.start));
  const TimePoint start{1h};
  TimePoint now = start;
  std::string chosen;
  for (const std::string& event : row.events) {
    const char last = event.back();
    switch (event.front()) {
      case 'n':
        chosen += name_of(event.size() == 1 ? balancer.next(now)
                                            : balancer.next_after(address(last), now));
        break;
      case '-':
        balancer.failed(address(last), now);
        break;
      case '+':
        balancer.succeeded(address(last));
        break;
      case '@':
        now = start + milliseconds{std::stoi(event.substr(1))};
        break;
      case '=':
        balancer.replace(addresses(event.substr(1)));
        break;
      default:
        FAIL("unknown event " << event);
    }
  }
  return chosen;
}

}  // namespace

TEST_CASE("balancer: round robin and passive health") {
  const Row rows[] = {
      {"addresses take turns", "abc", {"n", "n", "n", "n"}, "abca"},
      {"one address has every turn", "a", {"n", "n"}, "aa"},
      {"there is nothing without addresses", "", {"n", "n!a"}, "--"},
      {"an address named twice counts once", "aab", {"n", "n", "n"}, "aba"},
      {"a failed address is left out", "abc", {"-b", "n", "n", "n", "n"}, "acac"},
      {"and comes back after fail_timeout", "ab", {"-a", "n", "@4999", "n", "@5000", "n"}, "bba"},
      {"a success ends the penalty", "ab", {"-a", "n", "+a", "n", "n"}, "bab"},
      {"the next after a failure is another one", "ab", {"n", "-a", "n!a"}, "ab"},
      {"there is none after the only one", "a", {"n", "-a", "n!a"}, "a-"},
      {"one that is left out is not worth a second try", "ab", {"-b", "n", "-a", "n!a"}, "a-"},
      {"when all failed, each is tried, but not at once", "ab", {"-a", "-b", "n"}, "-"},
      {"when all failed, each is tried after a while",
       "ab",
       {"-a", "-b", "@100", "n", "n", "n"},
       "ab-"},
      {"a probe under way keeps others away",
       "a",
       {"-a", "@100", "n", "@199", "n", "@200", "n"},
       "a-a"},
      {"after fail_timeout one at a time tries, until it succeeds",
       "ab",
       {"-a", "@5000", "n", "n", "n", "@5100", "n", "n", "+a", "n", "n"},
       "abbabab"},
      {"those that stay keep their health", "ab", {"-a", "=abc", "n", "n", "n"}, "bcb"},
      {"those that are new are healthy", "a", {"-a", "=b", "n"}, "b"},
      {"those that come back have no past", "ab", {"-a", "=b", "=ab", "n", "n"}, "ab"},
      {"what happens to unknown ones is no matter", "a", {"-z", "+z", "n"}, "a"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(play(row) == row.chosen);
  }
}

TEST_CASE("balancer: knows its addresses") {
  Balancer balancer{5s};
  CHECK(balancer.empty());
  balancer.replace(addresses("ab"));
  CHECK(balancer.knows(address('b')));
  balancer.replace(addresses("a"));
  CHECK_FALSE(balancer.knows(address('b')));
  CHECK_FALSE(balancer.empty());
}
