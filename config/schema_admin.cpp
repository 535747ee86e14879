#include "config/address.hpp"
#include "config/network.hpp"
#include "config/scalars.hpp"
#include "config/schema.hpp"

namespace wf::config {
namespace {

constexpr std::size_t kShortestToken = 16;

/// Visible ASCII, as it stands behind "Bearer " (RFC 6750 §2.1).
void read_token(const Value& value, std::string& out) {
  if (value.is_word(kUnset)) {
    out.clear();
    return;
  }
  const auto text = value.text("a token");
  if (!text) return;
  for (const char c : *text) {
    if (c > ' ' && c < 0x7f) continue;
    return value.problem("a token has visible ASCII characters only");
  }
  // The text is not repeated: it is a secret.
  if (text->size() < kShortestToken) return value.problem("a token has at least 16 characters");
  out = *text;
}

void read_allow(const Value& value, std::vector<Network>& out) {
  const auto elements = value.list("a list of ranges such as [10.0.0.0/8]");
  if (!elements) return;
  if (elements->empty()) return value.problem("must not be empty: nobody could connect");
  out.clear();
  for (const Value& element : *elements) {
    read_parsed(element, out.emplace_back(), "an address or a range", parse_network);
  }
}

}  // namespace

void read(const Value& value, std::optional<Admin>& out) {
  out.reset();
  if (value.is_word("off")) return;
  Admin admin;
  value.read_map("off or a map such as {address: \"127.0.0.1:9180\"}", [&](Map& map) {
    map.get("address", admin.address, [](const Value& v, Address& address) {
      read_parsed(v, address, "host:port or unix:/path", parse_listen_address);
    });
    map.get("token", admin.token, read_token);
    map.get("allow", admin.allow, read_allow);
  });
  out = std::move(admin);
}

}  // namespace wf::config
