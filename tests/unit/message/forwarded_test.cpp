// Whom forwarders name: the rightmost address that is none of ours.
#include "proxy/message/forwarded.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::message;

namespace {

/// 10.0.0.0/8 and 2001:db8:f::/48 are ours.
const std::vector<config::Network> kOurs{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 0}, 104},
    {{0x20, 0x01, 0x0d, 0xb8, 0, 0x0f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 48}};

std::string client(const std::vector<Field>& fields) {
  const auto found = client_behind(fields, kOurs);
  return found ? to_text(*found) : "-";
}

}  // namespace

TEST_CASE("X-Forwarded-For, from the right") {
  const auto from = [](std::string_view value) { return client({{"x-forwarded-for", value}}); };
  CHECK(from("192.0.2.1") == "192.0.2.1");
  CHECK(from("198.51.100.9, 192.0.2.1") == "192.0.2.1");  // what the client claimed does not count
  CHECK(from("198.51.100.9, 192.0.2.1, 10.1.2.3,10.0.0.1") == "192.0.2.1");
  CHECK(from("10.1.1.1, 10.2.2.2") == "10.1.1.1");  // all of them ours: the first is the client
  CHECK(from("2001:db8::5, 2001:db8:f::1") == "2001:db8::5");
  CHECK(from("[2001:db8::5]:443") == "2001:db8::5");
  CHECK(from("[2001:db8::5]") == "2001:db8::5");
  CHECK(from("192.0.2.1:5555") == "192.0.2.1");
  CHECK(from("::ffff:10.0.0.1, ::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(from("") == "-");
  CHECK(from(", ,") == "-");
  CHECK(from("unknown") == "-");
  CHECK(from("192.0.2.1, unknown") == "-");
  CHECK(from("192.0.2.1, _hidden, 10.0.0.1") == "10.0.0.1");
  CHECK(from("192.0.2.1, [::1, 10.0.0.1") == "10.0.0.1");
  CHECK(from("192.0.2.1, [::1]x, 10.0.0.1") == "10.0.0.1");
  CHECK(client({{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-For", "10.0.0.1"}}) == "192.0.2.1");
}

TEST_CASE("Forwarded (RFC 7239), where there is no X-Forwarded-For") {
  const auto from = [](std::string_view value) { return client({{"Forwarded", value}}); };
  CHECK(from("for=192.0.2.1") == "192.0.2.1");
  CHECK(from("proto=https;For=\"192.0.2.1:80\";by=10.0.0.1") == "192.0.2.1");
  CHECK(from("for=198.51.100.9, for=192.0.2.1;host=\"a,b\", for=10.0.0.1") == "192.0.2.1");
  CHECK(from("for=\"[2001:db8::5]:443\"") == "2001:db8::5");
  CHECK(from("for=_gazonk, for=10.0.0.1") == "10.0.0.1");
  CHECK(from("for=192.0.2.1, proto=http") == "-");
  CHECK(from("for=\"192.0.2.1") == "-");
  CHECK(client({{"Forwarded", "for=192.0.2.1"}, {"X-Forwarded-For", "192.0.2.2"}}) == "192.0.2.2");
  CHECK(client({{"X-Real-IP", "192.0.2.1"}}) == "-");
}
