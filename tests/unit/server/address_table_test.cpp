// Connections and requests of each address, with the time as an argument.
#include "proxy/server/address_table.hpp"

#include <memory>

#include <catch2/catch.hpp>

#include "proxy/server/descriptors.hpp"

using namespace wf;
using namespace wf::server;
using namespace std::chrono_literals;

namespace {

message::IpAddress ip(std::string_view text) { return message::parse_ip(text).value(); }

/// 2001:db8:n::, each of a network of its own.
message::IpAddress another(unsigned n) {
  message::IpAddress out = ip("2001:db8::");
  out.bytes[4] = static_cast<std::uint8_t>(n >> 16U);
  out.bytes[5] = static_cast<std::uint8_t>(n >> 8U);
  out.bytes[6] = static_cast<std::uint8_t>(n);
  return out;
}

SteadyTime at(Micros time) { return SteadyTime{Micros{5'000'000} + time}; }

}  // namespace

TEST_CASE("so many connections at a time, and no more") {
  config::AddressLimits limits;
  limits.connections = 2;
  AddressTable table{limits};
  CHECK(table.connect(ip("192.0.2.1")));
  CHECK(table.connect(ip("192.0.2.1")));
  CHECK_FALSE(table.connect(ip("192.0.2.1")));
  CHECK_FALSE(table.connect(ip("192.0.2.1")));
  table.disconnect(ip("192.0.2.1"));
  CHECK(table.connect(ip("192.0.2.1")));
  CHECK(table.connect(ip("192.0.2.2")));
  table.disconnect(ip("192.0.2.1"));
  table.disconnect(ip("192.0.2.1"));
  table.disconnect(ip("192.0.2.2"));
  CHECK(table.size() == 0);
  CHECK(table.connect(ip("2001:db8::1")));
  CHECK(table.connect(ip("2001:db8::2:1")));
  CHECK_FALSE(table.connect(ip("2001:db8::3")));  // the same /64
}

TEST_CASE("without limits nothing is remembered") {
  AddressTable table{config::AddressLimits{}};
  for (int i = 0; i < 1000; ++i) {
    CHECK(table.connect(ip("192.0.2.1")));
    CHECK(table.request(ip("192.0.2.1"), at(0us)) == 0us);
  }
  CHECK(table.size() == 0);
}

TEST_CASE("a burst, and then so many a second") {
  config::AddressLimits limits;
  limits.requests_per_second = 10;
  limits.burst = 3;
  AddressTable table{limits};
  const auto one = ip("192.0.2.1");
  for (int i = 0; i < 3; ++i) CHECK(table.request(one, at(0us)) == 0us);
  CHECK(table.request(one, at(0us)) == 100ms);
  CHECK(table.request(one, at(40ms)) == 60ms);
  CHECK(table.request(ip("192.0.2.2"), at(40ms)) == 0us);
  CHECK(table.request(one, at(100ms)) == 0us);
  CHECK(table.request(one, at(100ms)) == 100ms);
  int answered = 0;
  for (auto time = 1000ms; time < 11000ms; time += 1ms) {
    if (table.request(one, at(time)) == 0us) ++answered;
  }
  CHECK(answered == 102);  // ten seconds, and the burst that had gathered
}

TEST_CASE("the table does not grow, and forgets whom it may") {
  config::AddressLimits limits;
  limits.requests_per_second = 1;
  limits.burst = 1;
  limits.connections = 1;
  limits.remembered = 1024;
  AddressTable table{limits};
  const auto busy = ip("192.0.2.1");
  REQUIRE(table.connect(busy));
  for (unsigned n = 0; n < 100'000; ++n) {
    REQUIRE(table.request(another(n), at(Micros{n})) == 0us);
  }
  CHECK(table.size() <= 1024);
  CHECK_FALSE(table.connect(busy));  // who has a connection is not forgotten
  unsigned connected = 0;
  for (unsigned n = 0; n < 10'000; ++n) connected += table.connect(another(n)) ? 1U : 0U;
  CHECK(connected < 1024);
  CHECK(connected > 512);
  CHECK(table.size() <= 1024);
}

TEST_CASE("auto: what open files leave beside the connections to origins") {
  config::Config config;
  config.upstreams["a"].max_connections = 100;
  config.upstreams["b"].max_connections = 50;
  CHECK(most_connections(config, 2, 1'000'000) == kUsualConnections);
  CHECK(most_connections(config, 2, 1024) == 1024 - 32 - 2 * 16 - 2 * 150);
  CHECK(most_connections(config, 2, 256) == 128);  // half, and nobody starves the other
  CHECK(most_connections(config, 2, 1) == 1);
  config.limits.connections = 7;
  CHECK(most_connections(config, 2, 1024) == 7);
}
