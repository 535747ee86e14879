// Addresses as values.
#include "proxy/message/ip_address.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::message;

namespace {

/// What is read, written again; "-" if it is no address.
std::string again(std::string_view text) {
  const auto address = parse_ip(text);
  return address ? to_text(*address) : "-";
}

IpAddress ip(std::string_view text) { return parse_ip(text).value(); }

}  // namespace

TEST_CASE("addresses are read strictly and written in one form") {
  CHECK(again("192.0.2.1") == "192.0.2.1");
  CHECK(again("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(again("2001:DB8:0:0::1") == "2001:db8::1");
  CHECK(again("::") == "::");
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {""sv, "192.0.2"sv, "192.0.2.256"sv, "192.0.2.01"sv, " 192.0.2.1"sv, "192.0.2.1 "sv,
        "192.0.2.1:80"sv, "[::1]"sv, "fe80::1%eth0"sv, "1::2::3"sv, "::1\0"sv, "localhost"sv,
        "0x7f.0.0.1"sv, "1111:2222:3333:4444:5555:6666:255.255.255.2555"sv}) {
    CAPTURE(text);
    CHECK(again(text) == "-");
  }
}

TEST_CASE("bytes are four or sixteen") {
  using namespace std::string_view_literals;
  CHECK(ip_from_bytes("\xc0\x00\x02\x01"sv) == ip("192.0.2.1"));
  CHECK(ip_from_bytes("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"sv) == ip("::1"));
  CHECK_FALSE(ip_from_bytes("12345"));
  CHECK_FALSE(ip_from_bytes(""));
}

TEST_CASE("ranges hold addresses of their family") {
  CHECK(contains(config::kLoopback4, ip("127.9.9.9")));
  CHECK_FALSE(contains(config::kLoopback4, ip("128.0.0.1")));
  CHECK_FALSE(contains(config::kLoopback4, ip("7f00::1")));
  CHECK(contains(config::kLoopback6, ip("::1")));
  const std::vector<config::Network> both{config::kLoopback4, config::kLoopback6};
  CHECK(contains(both, ip("::1")));
  CHECK_FALSE(contains(both, ip("::2")));
  CHECK_FALSE(contains(std::vector<config::Network>{}, ip("::1")));
}

TEST_CASE("IPv4 counts by the address, IPv6 by the /64") {
  CHECK(counted_as(ip("192.0.2.1")) != counted_as(ip("192.0.2.2")));
  CHECK(counted_as(ip("2001:db8:1:2:3::4")) == counted_as(ip("2001:db8:1:2:ffff::1")));
  CHECK(counted_as(ip("2001:db8:1:2::1")) != counted_as(ip("2001:db8:1:3::1")));
}
