#include "config/address.hpp"
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
  read(value, out);
  if (out.empty()) value.problem("must not be empty: nobody could connect");
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
