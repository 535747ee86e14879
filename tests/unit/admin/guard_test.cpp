// Who may do what on the admin listener (SEC-12).
#include "proxy/admin/guard.hpp"

#include <catch2/catch.hpp>

#include "config/network.hpp"

using namespace wf;
using namespace wf::admin;
using Verdict = Guard::Verdict;

namespace {

constexpr std::string_view kToken = "0123456789abcdef";
constexpr std::string_view kGood = "Bearer 0123456789abcdef";

config::Admin settings(std::vector<std::string> networks = {}) {
  config::Admin out;
  out.token = kToken;
  if (!networks.empty()) out.allow.clear();
  for (const std::string& text : networks) out.allow.push_back(*config::parse_network(text));
  return out;
}

SteadyTime at(int milliseconds) { return SteadyTime{Millis{milliseconds}}; }

}  // namespace

TEST_CASE("addresses are allowed by range") {
  const config::Admin loopback = settings();
  const Guard usual{loopback};
  CHECK(usual.allows("127.0.0.1"));
  CHECK(usual.allows("127.9.9.9"));
  CHECK(usual.allows("::1"));
  CHECK(usual.allows("::ffff:127.0.0.1"));
  CHECK(usual.allows(""));  // a unix socket
  CHECK_FALSE(usual.allows("128.0.0.1"));
  CHECK_FALSE(usual.allows("::2"));
  CHECK_FALSE(usual.allows("nonsense"));

  const config::Admin some = settings({"10.2.0.0/15", "2001:db8::/33", "192.0.2.7"});
  const Guard guard{some};
  CHECK(guard.allows("10.1.255.255") == false);
  CHECK(guard.allows("10.3.255.255") == true);
  CHECK(guard.allows("10.4.0.0") == false);
  CHECK(guard.allows("192.0.2.7") == true);
  CHECK(guard.allows("192.0.2.8") == false);
  CHECK(guard.allows("2001:db8:7fff::1") == true);
  CHECK(guard.allows("2001:db8:8000::1") == false);
  CHECK(guard.allows("127.0.0.1") == false);
}

TEST_CASE("only the configured token is welcome") {
  struct Row {
    std::string_view authorization;
    Verdict verdict;
  };
  const Row row = GENERATE(values<Row>({
      {kGood, Verdict::Welcome},
      {"bearer 0123456789abcdef", Verdict::Welcome},
      {"", Verdict::Unauthorized},
      {"Bearer", Verdict::Unauthorized},
      {"Bearer ", Verdict::Unauthorized},
      {"Basic 0123456789abcdef", Verdict::Unauthorized},
      {"Bearer 0123456789abcdeF", Verdict::Unauthorized},
      {"Bearer 0123456789abcde", Verdict::Unauthorized},
      {"Bearer 0123456789abcdef0123456789abcdef", Verdict::Unauthorized},
      {"0123456789abcdef", Verdict::Unauthorized},
  }));
  CAPTURE(row.authorization);
  const config::Admin admin = settings();
  Guard guard{admin};
  CHECK(guard.authorize("127.0.0.1", row.authorization, at(0)) == row.verdict);
}

TEST_CASE("without a token nobody may") {
  config::Admin admin = settings();
  admin.token.clear();
  Guard guard{admin};
  CHECK(guard.authorize("127.0.0.1", "Bearer ", at(0)) == Verdict::NoToken);
  CHECK(guard.authorize("127.0.0.1", kGood, at(0)) == Verdict::NoToken);
}

TEST_CASE("ten failures a second and address, then not even the right token is looked at") {
  const config::Admin admin = settings();
  Guard guard{admin};
  for (int i = 0; i < 10; ++i) {
    CHECK(guard.authorize("192.0.2.1", "Bearer x", at(i)) == Verdict::Unauthorized);
  }
  CHECK(guard.authorize("192.0.2.1", "Bearer x", at(20)) == Verdict::TooMany);
  CHECK(guard.authorize("192.0.2.1", kGood, at(999)) == Verdict::TooMany);
  CHECK(guard.authorize("192.0.2.2", kGood, at(999)) == Verdict::Welcome);
  CHECK(guard.authorize("192.0.2.1", kGood, at(1000)) == Verdict::Welcome);
}

TEST_CASE("comparing in constant time compares") {
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "abcabc"));
  CHECK_FALSE(equal_in_constant_time("abc", "ab"));
  CHECK_FALSE(equal_in_constant_time("abc", ""));
  CHECK_FALSE(equal_in_constant_time("", ""));
  CHECK_FALSE(equal_in_constant_time("", "a"));
}
