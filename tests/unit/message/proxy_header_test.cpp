// PROXY protocol headers: each row, whole and byte by byte, with a request behind it.
#include "proxy/message/proxy_header.hpp"

#include <catch2/catch.hpp>

using namespace wf::message;
using namespace std::string_literals;

namespace {

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string kBehind = "GET / HTTP/1.1\r\n";

/// A header of version 2. `family`: both halves of the fourteenth byte.
std::string block(char command, char family, const std::string& rest) {
  std::string out = kSignature + command + family;
  out += static_cast<char>(rest.size() >> 8U);
  out += static_cast<char>(rest.size() & 0xffU);
  return out + rest;
}

const std::string kInet = "\xc0\x00\x02\x01\x0a\x00\x00\x01\x30\x39\x00\x50"s;
const std::string kInet6 =
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s + std::string(16, '\0') + "\x30\x39\x00\x50"s;

/// What became of it: the client, "local", "refused" or "more".
std::string verdict_of(const ProxyHeaderReader& reader) {
  switch (reader.state()) {
    case ProxyHeaderReader::State::More:
      return "more";
    case ProxyHeaderReader::State::Refused:
      return "refused";
    case ProxyHeaderReader::State::Done:
      break;
  }
  return reader.client() ? to_text(*reader.client()) : "local";
}

/// The header in pieces of that size. Nothing behind it may be taken.
std::string read(const std::string& header, std::size_t piece) {
  const std::string bytes = header + kBehind;
  ProxyHeaderReader reader;
  std::size_t taken = 0;
  while (reader.state() == ProxyHeaderReader::State::More && taken < bytes.size()) {
    const std::string_view arrived = std::string_view{bytes}.substr(taken, piece);
    const std::size_t n = reader.take(arrived);
    taken += n;
    if (n != arrived.size()) break;
  }
  if (reader.state() == ProxyHeaderReader::State::Done) CHECK(taken == header.size());
  return verdict_of(reader);
}

struct Row {
  const char* what;
  std::string header;
  const char* verdict;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(read(row.header, 1) == row.verdict);
    CHECK(read(row.header, 7) == row.verdict);
    CHECK(read(row.header, 100'000) == row.verdict);
  }
}

}  // namespace

TEST_CASE("version 1 (PP §2.1)") {
  check({
      {"TCP4", "PROXY TCP4 192.0.2.1 10.0.0.1 12345 80\r\n", "192.0.2.1"},
      {"TCP6", "PROXY TCP6 2001:db8::1 ::1 12345 80\r\n", "2001:db8::1"},
      {"the longest",
       "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"UNKNOWN", "PROXY UNKNOWN\r\n", "local"},
      {"UNKNOWN, and what is to be ignored",
       "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
       "local"},
      {"port 0", "PROXY TCP4 192.0.2.1 10.0.0.1 0 0\r\n", "192.0.2.1"},
      {"no addresses", "PROXY TCP4\r\n", "refused"},
      {"no ports", "PROXY TCP4 192.0.2.1 10.0.0.1\r\n", "refused"},
      {"one port", "PROXY TCP4 192.0.2.1 10.0.0.1 80\r\n", "refused"},
      {"three ports", "PROXY TCP4 192.0.2.1 10.0.0.1 80 80 80\r\n", "refused"},
      {"a port too large", "PROXY TCP4 192.0.2.1 10.0.0.1 65536 80\r\n", "refused"},
      {"a leading zero", "PROXY TCP4 192.0.2.1 10.0.0.1 080 80\r\n", "refused"},
      {"a sign", "PROXY TCP4 192.0.2.1 10.0.0.1 +80 80\r\n", "refused"},
      {"the other family", "PROXY TCP4 2001:db8::1 ::1 1 2\r\n", "refused"},
      {"the other family", "PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n", "refused"},
      {"two families", "PROXY TCP6 2001:db8::1 10.0.0.1 1 2\r\n", "refused"},
      {"no address", "PROXY TCP4 192.0.2.x 10.0.0.1 1 2\r\n", "refused"},
      {"two blanks", "PROXY TCP4  192.0.2.1 10.0.0.1 1 2\r\n", "refused"},
      {"a tab", "PROXY TCP4\t192.0.2.1 10.0.0.1 1 2\r\n", "refused"},
      {"in lower case", "proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n", "refused"},
      {"another protocol", "PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n", "refused"},
      {"LF alone", "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\n", "refused"},
      {"CR within", "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r \r\n", "refused"},
      {"too long", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", "refused"},
      {"a request", "", "refused"},
      {"half of the word", "PROX", "refused"},
  });
}

TEST_CASE("version 2 (PP §2.2)") {
  const std::string tlvs = "\x03\x00\x04\x01\x02\x03\x04"s;
  check({
      {"TCP over IPv4", block('\x21', '\x11', kInet), "192.0.2.1"},
      {"TCP over IPv6", block('\x21', '\x21', kInet6), "2001:db8::1"},
      {"with TLVs", block('\x21', '\x11', kInet + tlvs), "192.0.2.1"},
      {"with TLVs", block('\x21', '\x21', kInet6 + tlvs), "2001:db8::1"},
      {"with as many as we bear", block('\x21', '\x11', kInet + std::string(4084, 'x')),
       "192.0.2.1"},
      {"with more", block('\x21', '\x11', kInet + std::string(4085, 'x')), "refused"},
      {"LOCAL", block('\x20', '\x00', ""), "local"},
      {"LOCAL, and what is to be ignored", block('\x20', '\x11', kInet), "local"},
      {"LOCAL with TLVs", block('\x20', '\x00', tlvs), "local"},
      {"UNSPEC", block('\x21', '\x00', ""), "local"},
      {"UNSPEC with something", block('\x21', '\x00', tlvs), "local"},
      {"a unix socket", block('\x21', '\x31', std::string(216, 'x')), "local"},
      {"a unix socket, too short", block('\x21', '\x31', std::string(215, 'x')), "refused"},
      {"IPv4, too short", block('\x21', '\x11', kInet.substr(1)), "refused"},
      {"IPv6, too short", block('\x21', '\x21', kInet6.substr(1)), "refused"},
      {"datagrams", block('\x21', '\x12', kInet), "refused"},
      {"another version", block('\x11', '\x11', kInet), "refused"},
      {"another command", block('\x22', '\x11', kInet), "refused"},
      {"another family", block('\x21', '\x41', kInet), "refused"},
      {"another transport", block('\x21', '\x13', kInet), "refused"},
      {"another signature", "\r\n\r\n\0\r\nQUIX\n\x21\x11\0\x0c"s + kInet, "refused"},
  });
}

TEST_CASE("a header that is not whole is waited for") {
  for (const std::string& header :
       {std::string{"PROXY TCP4 192.0.2.1 10.0.0.1 12345 80\r\n"},
        block('\x21', '\x11', kInet + "\x03\x00\x01x"s), block('\x20', '\x00', "abc")}) {
    for (std::size_t size = 0; size < header.size(); ++size) {
      ProxyHeaderReader reader;
      CHECK(reader.take(std::string_view{header}.substr(0, size)) == size);
      CHECK(verdict_of(reader) == "more");
    }
  }
}
