#include "proxy/policy/key.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

constexpr char kVersion = 1;

void append_u32(std::uint32_t value, std::string& out) {
  const auto byte = [value](unsigned shift) {
    return static_cast<char>(static_cast<unsigned char>(value >> shift));
  };
  const std::array bytes{byte(24), byte(16), byte(8), byte(0)};
  out.append(bytes.data(), bytes.size());
}

void append_text(std::string_view text, std::string& out) {
  append_u32(static_cast<std::uint32_t>(text.size()), out);
  out += text;
}

void append_pairs(FieldSpan pairs, std::string& out) {
  append_u32(static_cast<std::uint32_t>(pairs.size()), out);
  for (const Field& pair : pairs) {
    append_text(pair.name, out);
    append_text(pair.value, out);
  }
}

class Decoder {
 public:
  explicit Decoder(std::string_view rest) : rest_(rest) {}

  std::string_view bytes(std::size_t count) noexcept {
    failed_ = failed_ || count > rest_.size();
    if (failed_) return {};
    const auto out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  std::uint32_t u32() noexcept {
    std::uint32_t value = 0;
    for (const char c : bytes(4)) value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view text() noexcept { return bytes(u32()); }
  void pairs(std::vector<Field>& out) {
    for (auto left = u32(); left > 0 && !failed_; --left) {
      const auto name = text();
      out.push_back({name, text()});
    }
  }
  [[nodiscard]] bool at_end() const noexcept { return !failed_ && rest_.empty(); }
  void fail_unless(bool condition) noexcept { failed_ = failed_ || !condition; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

/// Cookie pairs are separated by "; " (RFC 6265 §4.2.1); read tolerantly, as servers do.
std::optional<std::string_view> find_cookie(FieldSpan request, std::string_view name) noexcept {
  for (const Field& field : request) {
    if (!ascii::iequals(field.name, "cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      const auto pair = ascii::trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || ascii::trim(pair.substr(0, equals)) != name) continue;
      return ascii::trim(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace

void append_key(const KeyParts& parts, const KeyedValues& keyed, std::string& out) {
  out += kVersion;
  for (const auto text :
       {parts.name_space, parts.method_class, parts.scheme, parts.host, parts.path}) {
    append_text(text, out);
  }
  out += parts.has_query ? '\1' : '\0';
  if (parts.has_query) append_text(parts.query, out);
  append_pairs(keyed.headers, out);
  append_pairs(keyed.cookies, out);
}

std::string content_identity(FieldSpan request, std::string_view content) {
  std::vector<Field> metadata;
  for (const Field& field : request) {
    for (const std::string_view name : {"content-type", "content-encoding", "content-language"}) {
      if (ascii::iequals(field.name, name)) metadata.push_back({name, field.value});
    }
  }
  std::string out;
  append_pairs(metadata, out);
  append_text(content, out);
  return out;
}

std::string_view name_space_of(std::string_view encoded) noexcept {
  Decoder decoder{encoded};
  if (decoder.bytes(1) != std::string_view{&kVersion, 1}) return {};
  return decoder.text();
}

std::optional<DecodedKey> decode_key(std::string_view encoded) {
  Decoder decoder{encoded};
  DecodedKey key;
  decoder.fail_unless(decoder.bytes(1) == std::string_view{&kVersion, 1});
  for (auto* text : {&key.parts.name_space, &key.parts.method_class, &key.parts.scheme,
                     &key.parts.host, &key.parts.path}) {
    *text = decoder.text();
  }
  const auto flag = decoder.bytes(1);
  key.parts.has_query = flag == "\1";
  decoder.fail_unless(key.parts.has_query || flag == std::string_view{"\0", 1});
  if (key.parts.has_query) key.parts.query = decoder.text();
  decoder.pairs(key.headers);
  decoder.pairs(key.cookies);
  if (!decoder.at_end()) return std::nullopt;
  return key;
}

void append_keyed_headers(FieldSpan request, std::span<const std::string> names,
                          std::vector<Field>& out) {
  for (const std::string& name : names) {
    for (const Field& field : request) {
      if (ascii::iequals(field.name, name)) out.push_back({name, field.value});
    }
  }
}

void append_cookie_values(FieldSpan request, std::span<const std::string> names,
                          std::vector<Field>& out) {
  for (const std::string& name : names) {
    if (const auto value = find_cookie(request, name)) out.push_back({name, *value});
  }
}

}  // namespace wf::policy
