#include "proxy/message/forwarded.hpp"

#include <string>
#include <vector>

#include "proxy/base/ascii.hpp"

namespace wf::message {

namespace {

/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:80".
std::optional<IpAddress> read_node(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view behind = text.substr(end + 1);
    if (!behind.empty() && behind.front() != ':') return std::nullopt;
    return parse_ip(text.substr(1, end - 1));
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && colon == text.rfind(':')) text = text.substr(0, colon);
  return parse_ip(text);
}

/// RFC 7239 §4: the value of `for`, without its quotes. No address has a backslash.
std::string_view for_of(std::string_view element) {
  while (!element.empty()) {
    const std::string_view pair = ascii::next_element(element, ';');
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !ascii::iequals(pair.substr(0, equals), "for"))
      continue;
    std::string_view value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return {};
}

std::vector<std::string_view> elements_of(FieldSpan fields, std::string_view name) {
  std::vector<std::string_view> out;
  for (const Field& field : fields) {
    if (!ascii::iequals(field.name, name)) continue;
    std::string_view rest = field.value;
    for (auto element = ascii::next_element(rest); !element.empty();
         element = ascii::next_element(rest)) {
      out.push_back(element);
    }
  }
  return out;
}

}  // namespace

std::optional<IpAddress> client_behind(FieldSpan fields, std::span<const config::Network> trusted) {
  std::vector<std::string_view> nodes = elements_of(fields, "X-Forwarded-For");
  if (nodes.empty()) {
    nodes = elements_of(fields, "Forwarded");
    for (std::string_view& node : nodes) node = for_of(node);
  }
  std::optional<IpAddress> client;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const std::optional<IpAddress> address = read_node(*node);
    if (!address) break;
    client = address;
    if (!contains(trusted, *address)) break;
  }
  return client;
}

}  // namespace wf::message
