#include "tests/unit/message/catalogue.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <boost/json.hpp>

namespace wf::test {
namespace {

/// Each character of the JSON string stands for one byte, so none is above U+00FF.
std::string latin1(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      out += utf8[i];
      continue;
    }
    if (c > 0xc3 || i + 1 == utf8.size()) throw std::runtime_error("not a byte string");
    const auto low = static_cast<unsigned char>(utf8[++i]);
    out += static_cast<char>(static_cast<unsigned char>((c & 3U) << 6U | (low & 0x3fU)));
  }
  return out;
}

std::string text(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  const auto& string = value->get_string();
  return {string.data(), string.size()};
}

Entry read_entry(const boost::json::object& object) {
  Entry entry;
  entry.id = text(object, "id");
  entry.bytes = latin1(text(object, "bytes"));
  entry.allowed.push_back(text(object, "expect"));
  if (const auto* also = object.if_contains("also_ok")) {
    for (const auto& value : also->as_array()) entry.allowed.emplace_back(value.as_string());
  }
  entry.beast = text(object, "beast_1_81");
  entry.pipelined = object.contains("pipelined");
  entry.request = text(object, "req");
  entry.origin_end = text(object, "origin_end");
  return entry;
}

std::vector<Entry> read_catalogue(const std::string& name) {
  std::ifstream file(std::string{WARMFRONT_TEST_DATA} + "/" + name, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  std::vector<Entry> entries;
  const boost::json::value parsed = boost::json::parse(content);
  for (const auto& value : parsed.as_array()) {
    entries.push_back(read_entry(value.as_object()));
  }
  return entries;
}

}  // namespace

bool Entry::allows(std::string_view outcome) const {
  return std::find(allowed.begin(), allowed.end(), outcome) != allowed.end();
}

std::vector<Entry> bad_requests() { return read_catalogue("bad_requests.json"); }
std::vector<Entry> bad_responses() { return read_catalogue("bad_responses.json"); }

std::vector<std::string_view> deliver(std::string_view bytes, Delivery delivery) {
  std::vector<std::string_view> pieces;
  std::size_t start = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const bool first_of_line = i == 0 || bytes[i - 1] == '\n';
    const bool cut = delivery == Delivery::Bytes ||
                     (delivery == Delivery::Cuts && (c == '\r' || c == '\n' || first_of_line));
    if (!cut) continue;
    pieces.push_back(bytes.substr(start, i + 1 - start));
    start = i + 1;
  }
  if (start < bytes.size()) pieces.push_back(bytes.substr(start));
  return pieces;
}

}  // namespace wf::test
