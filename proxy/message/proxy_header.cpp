#include "proxy/message/proxy_header.hpp"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"

namespace wf::message {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kLine = "PROXY ";
constexpr std::string_view kBlock = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kBlockHead = 16;

/// PP §2.2: bytes of both addresses and both ports, by family.
enum class Family : std::uint8_t { Unspecified = 0, Inet = 1, Inet6 = 2, Unix = 3 };
constexpr std::array<std::size_t, 4> kAddresses{0, 12, 36, 216};

bool begins_alike(std::string_view text, std::string_view signature) {
  const std::size_t size = std::min(text.size(), signature.size());
  return text.substr(0, size) == signature.substr(0, size);
}

unsigned byte_at(std::string_view text, std::size_t place) {
  return static_cast<unsigned char>(text[place]);
}

/// Takes what comes before the next blank.
std::string_view next_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

/// PP §2.1: decimal, 0 to 65535, without leading zeros.
bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return false;
  const auto number = ascii::parse_uint(text);
  return number && *number <= 65535;
}

}  // namespace

std::size_t ProxyHeaderReader::take(std::string_view unread) {
  std::size_t taken = 0;
  while (state_ == State::More && taken < unread.size()) {
    if (skip_ > 0) {
      const std::size_t size = std::min(skip_, unread.size() - taken);
      taken += size;
      skip_ -= size;
      if (skip_ == 0) state_ = State::Done;
      continue;
    }
    bytes_ += unread[taken++];
    advance();
  }
  return taken;
}

void ProxyHeaderReader::advance() {
  if (begins_alike(bytes_, kLine)) return line_so_far();
  if (begins_alike(bytes_, kBlock)) return block_so_far();
  refuse();
}

void ProxyHeaderReader::line_so_far() {
  if (bytes_.ends_with("\r\n")) return finish_line();
  const bool lone =
      bytes_.back() == '\n' || (bytes_.size() > 1 && bytes_[bytes_.size() - 2] == '\r');
  if (lone || bytes_.size() >= kMaxProxyLine) refuse();
}

/// PP §2.1.
void ProxyHeaderReader::finish_line() {
  std::string_view rest = bytes_;
  rest.remove_prefix(std::min(rest.size(), kLine.size()));
  rest.remove_suffix(std::min(rest.size(), "\r\n"sv.size()));
  const std::string_view protocol = next_word(rest);
  state_ = State::Done;
  if (protocol == "UNKNOWN") return;  // what follows is to be ignored
  const std::string_view from = next_word(rest);
  const std::string_view to = next_word(rest);
  const std::string_view from_port = next_word(rest);
  const bool ports = is_port(from_port) && is_port(rest);
  const bool four = protocol == "TCP4";
  const bool colons = from.find(':') != std::string_view::npos;
  client_ = parse_ip(from);
  const bool addresses =
      client_ && parse_ip(to) && colons != four && (to.find(':') != std::string_view::npos) != four;
  if ((four || protocol == "TCP6") && addresses && ports) return;
  client_.reset();
  refuse();
}

void ProxyHeaderReader::block_so_far() {
  if (bytes_.size() < kBlockHead) return;
  if (bytes_.size() == kBlockHead) read_block_head();
  if (state_ == State::More && skip_ == 0 && bytes_.size() == wanted_) finish_block();
}

/// PP §2.2: version and command, family and transport, length.
void ProxyHeaderReader::read_block_head() {
  constexpr unsigned kVersion = 2;
  constexpr unsigned kLocal = 0;
  constexpr unsigned kProxy = 1;
  constexpr unsigned kStream = 1;
  const unsigned command = byte_at(bytes_, 12) & 0x0fU;
  const unsigned family = byte_at(bytes_, 13) >> 4U;
  const unsigned transport = byte_at(bytes_, 13) & 0x0fU;
  const std::size_t length = byte_at(bytes_, 14) << 8U | byte_at(bytes_, 15);
  if (byte_at(bytes_, 12) >> 4U != kVersion || command > kProxy || length > kMaxProxyBlock) {
    return refuse();
  }
  if (family >= kAddresses.size() || transport > 2) return refuse();
  const bool unspecified = family == 0 || transport == 0;
  const bool understood = command == kProxy && !unspecified;
  if (understood && (transport != kStream || length < kAddresses.at(family))) return refuse();
  const bool internet = understood && static_cast<Family>(family) != Family::Unix;
  const std::size_t addresses = internet ? kAddresses.at(family) : 0;
  static_assert(kLocal < kProxy);
  wanted_ = kBlockHead + addresses;
  if (addresses > 0) return;
  skip_ = length;
  if (skip_ == 0) state_ = State::Done;
}

void ProxyHeaderReader::finish_block() {
  const std::size_t length = byte_at(bytes_, 14) << 8U | byte_at(bytes_, 15);
  const std::size_t size = (byte_at(bytes_, 13) >> 4U) == 1 ? 4 : 16;
  client_ = ip_from_bytes(std::string_view{bytes_}.substr(kBlockHead, size));
  skip_ = kBlockHead + length - wanted_;  // TLVs: nothing of theirs is used
  if (skip_ == 0) state_ = State::Done;
}

}  // namespace wf::message
