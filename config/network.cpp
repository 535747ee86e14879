#include "config/network.hpp"

#include <cstring>
#include <optional>
#include <string>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr unsigned kMapped = 96;  // bits before the IPv4 address in a mapped one

struct ParsedAddress {
  Network network;
  unsigned bits = 128;  // that its family has
  unsigned before = 0;  // bits of the sixteen bytes before them
};

std::optional<ParsedAddress> parse_address(const std::string& text) {
  ParsedAddress out;
  auto& bytes = out.network.address;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return out;
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) != 1) return std::nullopt;
  bytes[10] = bytes[11] = 0xff;
  std::memcpy(bytes.data() + 12, &four, sizeof four);
  out.bits = 32;
  out.before = kMapped;
  return out;
}

bool has_bits_behind(const Network& network) {
  for (unsigned bit = network.bits; bit < 128; ++bit) {
    const unsigned byte = network.address[bit / 8];
    if ((byte >> (7 - bit % 8) & 1U) != 0) return true;
  }
  return false;
}

}  // namespace

Parsed<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  auto parsed = parse_address(std::string{text.substr(0, slash)});
  if (!parsed) {
    return fault(
        fmt::format("expected an address or a range such as 10.0.0.0/8, found {}", quoted(text)));
  }
  unsigned bits = parsed->bits;
  if (slash != std::string_view::npos) {
    const auto number = ascii::parse_uint(text.substr(slash + 1));
    if (!number || *number > parsed->bits) {
      return fault(
          fmt::format("expected 0 to {} after the \"/\" in {}", parsed->bits, quoted(text)));
    }
    bits = static_cast<unsigned>(*number);
  }
  parsed->network.bits = parsed->before + bits;
  if (has_bits_behind(parsed->network)) {
    return fault(fmt::format("{} has bits behind its first {}", quoted(text), bits));
  }
  return parsed->network;
}

}  // namespace wf::config
