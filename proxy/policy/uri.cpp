#include "proxy/policy/uri.hpp"

#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

// RFC 3986 §3.3 and §3.4: unreserved, sub-delims, ':', '@', '/', and '?' in queries; '%' is judged
// with what follows it. '"<>^`{|} and space are outside.
constexpr std::array<bool, 256> kUriBytes = [] {
  std::array<bool, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view{"-._~!$&'()*+,;=:@/?%"}) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

std::optional<TargetError> check_bytes(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!kUriBytes[static_cast<unsigned char>(text[i])]) return TargetError::Character;
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || ascii::hex_value(text[i + 1]) < 0 ||
        ascii::hex_value(text[i + 2]) < 0) {
      return TargetError::Escape;
    }
    i += 2;
  }
  return std::nullopt;
}

/// One or two dots, each plain or written %2e.
struct Dots {
  unsigned count = 0;  // 0: not a dot segment
  bool encoded = false;
};
Dots read_dots(std::string_view segment) noexcept {
  Dots dots;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (ascii::iequals(segment.substr(0, 3), "%2e")) {
      segment.remove_prefix(3);
      dots.encoded = true;
    } else {
      return {};
    }
    if (++dots.count > 2) return {};
  }
  return dots;
}

std::optional<TargetError> check_escapes(std::string_view path) noexcept {
  for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    const auto escape = path.substr(at + 1, 2);
    if (ascii::iequals(escape, "2f") || ascii::iequals(escape, "5c") || escape == "00") {
      return TargetError::EncodedSeparator;
    }
  }
  return std::nullopt;
}

struct PathShape {
  bool has_dots = false;
  std::optional<TargetError> error;
};
PathShape inspect(std::string_view path) noexcept {
  PathShape shape;
  shape.error = check_escapes(path);
  while (!path.empty() && !shape.error) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const Dots dots = read_dots(path.substr(0, end));
    if (dots.encoded) shape.error = TargetError::EncodedDot;
    shape.has_dots = shape.has_dots || dots.count > 0;
    path.remove_prefix(end);
  }
  return shape;
}

/// RFC 3986 §5.2.4 for a path that starts with '/': ".." above the root is dropped.
void remove_dot_segments(std::string_view path, std::string& out) {
  out.clear();
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    const unsigned dots = read_dots(segment).count;
    if (dots == 2) out.resize(out.empty() ? 0 : out.rfind('/'));
    if (dots == 0) out.append("/").append(segment);
    if (dots > 0 && path.empty()) out += '/';
  }
  if (out.empty()) out = "/";
}

struct SplitAuthority {
  Target target;
  std::string_view rest;
};
boost::system::result<SplitAuthority, TargetError> split_absolute(std::string_view raw) {
  const auto colon = raw.find("://");
  if (colon == std::string_view::npos) return TargetError::Form;
  SplitAuthority out;
  out.target.scheme = raw.substr(0, colon);
  if (!ascii::iequals(out.target.scheme, "http") && !ascii::iequals(out.target.scheme, "https")) {
    return TargetError::Scheme;
  }
  raw.remove_prefix(colon + 3);
  const auto end = std::min(raw.find_first_of("/?"), raw.size());
  out.target.authority = raw.substr(0, end);
  out.rest = raw.substr(end);
  if (out.target.authority.empty() || out.target.authority.find('@') != std::string_view::npos) {
    return TargetError::Authority;
  }
  return out;
}

/// An IPv6 literal in an authority has brackets, which are not allowed anywhere else.
std::optional<TargetError> check_text(std::string_view raw, std::string_view authority) noexcept {
  if (authority.empty()) return check_bytes(raw);
  const auto behind = static_cast<std::size_t>(authority.data() - raw.data()) + authority.size();
  if (authority.front() != '[') return check_bytes(raw);
  return check_bytes(raw.substr(behind));
}

}  // namespace

std::string_view to_string(TargetError error) noexcept {
  switch (error) {
    case TargetError::Empty:
      return "empty target";
    case TargetError::Form:
      return "target form not allowed";
    case TargetError::Scheme:
      return "scheme of absolute target";
    case TargetError::Authority:
      return "authority of absolute target";
    case TargetError::Character:
      return "byte not allowed in target";
    case TargetError::Escape:
      return "malformed percent-encoding in target";
    case TargetError::EncodedDot:
      return "encoded dot segment in path";
    case TargetError::EncodedSeparator:
      return "encoded separator in path";
  }
  return "?";
}

boost::system::result<Target, TargetError> parse_target(std::string_view raw, Method method,
                                                        std::string& scratch,
                                                        TargetOptions options) {
  Target target;
  if (raw.empty()) return TargetError::Empty;
  if (raw == "*") {
    if (method != Method::Options) return TargetError::Form;
    target.path = raw;
    target.asterisk = true;
    return target;
  }
  std::string_view rest = raw;
  if (raw.front() != '/') {
    auto split = split_absolute(raw);
    if (!split) return split.error();
    target = split->target;
    rest = split->rest;
  }
  if (const auto error = check_text(raw, target.authority)) return *error;

  const auto mark = rest.find('?');
  target.path = rest.substr(0, mark);
  if (mark != std::string_view::npos) {
    target.query = rest.substr(mark + 1);
    target.has_query = true;
  }
  if (target.path.empty()) {
    // RFC 9110 §7.1: OPTIONS with neither path nor query asks about the server itself.
    target.asterisk = method == Method::Options && !target.has_query;
    target.path = target.asterisk ? "*" : "/";
  }
  if (target.asterisk || options.verbatim_path) return target;

  const PathShape shape = inspect(target.path);
  if (shape.error) return *shape.error;
  if (shape.has_dots) {
    remove_dot_segments(target.path, scratch);
    target.path = scratch;
  }
  return target;
}

}  // namespace wf::policy
