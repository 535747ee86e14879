#include "tests/fuzz/grammar.hpp"

#include <cctype>

namespace wf::fuzz {
namespace {

using Text = std::string;

bool all_of(const Text& text, const Text& allowed) {
  return text.find_first_not_of(allowed) == Text::npos;
}

const Text kDigits = "0123456789";
const Text kHex = kDigits + "abcdefABCDEF";
const Text kAlpha = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const Text kUri = kAlpha + kDigits + "-._~!$&'()*+,;=:@/?%";

Text lower(Text text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Text trim(const Text& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == Text::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// field-value: no control byte but HTAB.
bool is_value(const Text& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

std::vector<Text> split(const Text& text, const Text& by) {
  std::vector<Text> parts;
  std::size_t from = 0;
  for (std::size_t at = text.find(by); at != Text::npos; at = text.find(by, from)) {
    parts.push_back(text.substr(from, at - from));
    from = at + by.size();
  }
  parts.push_back(text.substr(from));
  return parts;
}

/// Lines behind the start line, and the start line itself in `first`.
std::optional<StrictHead> strict_head(const Text& bytes, std::size_t begin, Text& first) {
  const auto end = bytes.find("\r\n\r\n", begin);
  if (end == Text::npos) return std::nullopt;
  StrictHead head;
  head.size = end + 4;
  auto lines = split(bytes.substr(begin, end - begin), "\r\n");
  first = lines.front();
  if (!is_value(first)) return std::nullopt;
  lines.erase(lines.begin());
  for (const Text& line : lines) {
    const auto colon = line.find(':');
    if (colon == Text::npos || !strict_token(line.substr(0, colon))) return std::nullopt;
    if (!is_value(line.substr(colon + 1))) return std::nullopt;
    head.fields.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return head;
}

/// chunk-ext from `at` to the end of the line.
bool is_extension(const Text& line, std::size_t at) {
  const auto blanks = [&] {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  };
  const auto word = [&] {
    const auto from = at;
    while (at < line.size() && strict_token(line.substr(at, 1))) ++at;
    return at > from;
  };
  while (at < line.size()) {
    blanks();
    if (at == line.size() || line[at++] != ';') return false;
    blanks();
    if (!word()) return false;
    const auto behind = at;
    blanks();
    if (at == line.size() || line[at] != '=') {
      at = behind;
      continue;
    }
    ++at;
    blanks();
    if (at < line.size() && line[at] == '"') {
      for (++at; at < line.size() && line[at] != '"'; ++at) at += line[at] == '\\' ? 1 : 0;
      if (at++ >= line.size()) return false;
    } else if (!word()) {
      return false;
    }
  }
  return is_value(line);
}

/// chunk-size [ chunk-ext ]
std::optional<std::uint64_t> chunk_size(const Text& line) {
  const auto end = std::min(line.find_first_not_of(kHex), line.size());
  if (end == 0 || line.size() > 256 || !is_extension(line, end)) return std::nullopt;
  std::uint64_t size = 0;
  for (const char c : line.substr(0, end)) {
    if (size >= std::uint64_t{1} << 58U) return std::nullopt;
    size = size * 16 + static_cast<std::uint64_t>(std::stoi(Text(1, c), nullptr, 16));
  }
  return size;
}

std::optional<std::size_t> end_of_trailers(const Text& bytes, std::size_t at) {
  std::size_t counted = 0;
  for (;;) {
    const auto end = bytes.find("\r\n", at);
    if (end == Text::npos) return std::nullopt;
    const Text line = bytes.substr(at, end - at);
    at = end + 2;
    counted += line.size() + 1;
    if (counted > 4096) return std::nullopt;
    if (line.empty()) return at;
    const auto colon = line.find(':');
    if (colon == Text::npos || !strict_token(line.substr(0, colon)) || !is_value(line)) {
      return std::nullopt;
    }
  }
}

}  // namespace

bool strict_token(const std::string& text) {
  return !text.empty() && all_of(text, kAlpha + kDigits + "!#$%&'*+-.^_`|~");
}

bool strict_host(const std::string& text) {
  const bool literal = text.starts_with("[");
  const auto end = literal ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == Text::npos) return false;
  const Text host = text.substr(0, literal ? end + 1 : end);
  const Text port = text.substr(host.size());
  if (!port.empty() && (port.front() != ':' || !all_of(port.substr(1), kDigits))) return false;
  if (literal) return all_of(host.substr(1, host.size() - 2), kHex + ":.") && host.size() > 3;
  return !host.empty() && all_of(host, kAlpha + kDigits + "-._");
}

std::vector<std::string> StrictHead::values(const std::string& name) const {
  std::vector<std::string> found;
  for (const auto& [n, v] : fields) {
    if (n == name) found.push_back(v);
  }
  return found;
}

std::optional<StrictHead> strict_request_head(const std::string& bytes) {
  std::size_t begin = 0;
  while (begin < 4 && bytes.compare(begin, 2, "\r\n") == 0) begin += 2;
  Text line;
  auto head = strict_head(bytes, begin, line);
  const auto words = split(line, " ");
  if (!head || words.size() != 3) return std::nullopt;
  if (!strict_token(words[0]) || words[1].empty()) return std::nullopt;
  // An IPv6 literal may only stand where an authority does.
  const bool literal = words[1].find("://[") != Text::npos;
  if (!all_of(words[1], literal ? kUri + "[]" : kUri)) return std::nullopt;
  if (words[2] != "HTTP/1.1" && words[2] != "HTTP/1.0") return std::nullopt;
  const auto hosts = head->values("host");
  if (hosts.size() > 1 || (hosts.empty() && words[2] == "HTTP/1.1")) return std::nullopt;
  if (!hosts.empty() && !strict_host(hosts.front())) return std::nullopt;
  head->first = words[0];
  head->second = words[1];
  head->third = words[2];
  return head;
}

std::optional<StrictHead> strict_response_head(const std::string& bytes) {
  Text line;
  auto head = strict_head(bytes, 0, line);
  if (!head || line.size() < 12) return std::nullopt;
  head->first = line.substr(0, 8);
  head->second = line.substr(9, 3);
  const bool version = head->first == "HTTP/1.1" || head->first == "HTTP/1.0";
  const bool status = all_of(head->second, kDigits) && head->second[0] >= '1' &&
                      head->second[0] <= '5' && line[8] == ' ';
  // The blank behind the status is left out by servers that have no phrase.
  const bool phrase = line.size() == 12 || line[12] == ' ';
  return version && status && phrase ? head : std::nullopt;
}

StrictFraming strict_framing(const StrictHead& head, const std::string& version) {
  StrictFraming out;
  const auto codings = head.values("transfer-encoding");
  const auto lengths = head.values("content-length");
  if (codings.size() > 1 || lengths.size() > 1) return out;
  if (!codings.empty()) {
    if (!lengths.empty() || version != "HTTP/1.1") return out;
    if (lower(codings.front()) != "chunked") return out;
    out.chunked = true;
  }
  if (!lengths.empty()) {
    const Text& text = lengths.front();
    if (text.empty() || text.size() > 18 || !all_of(text, kDigits)) return out;
    out.length = std::stoull(text);
  }
  out.sound = true;
  return out;
}

std::optional<StrictBody> strict_chunked(const std::string& bytes) {
  StrictBody body;
  for (std::size_t at = 0;;) {
    const auto end = bytes.find("\r\n", at);
    if (end == Text::npos) return std::nullopt;
    const auto size = chunk_size(bytes.substr(at, end - at));
    if (!size) return std::nullopt;
    at = end + 2;
    if (*size == 0) {
      const auto behind = end_of_trailers(bytes, at);
      if (!behind) return std::nullopt;
      body.size = *behind;
      return body;
    }
    if (bytes.size() - at < 2 || *size > bytes.size() - at - 2) return std::nullopt;
    body.data += bytes.substr(at, *size);
    at += *size;
    if (bytes.compare(at, 2, "\r\n") != 0) return std::nullopt;
    at += 2;
  }
}

}  // namespace wf::fuzz
