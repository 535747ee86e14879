#include "proxy/invalidation/selector.hpp"

#include <algorithm>

namespace wf::invalidation {

namespace {

bool is_visible(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f;
}

bool is_printable(char c) noexcept { return c == ' ' || is_visible(c); }

bool all_visible(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_visible);
}

Error refuse(std::string what) {
  return {ErrorCode::Unsupported, Side::Client, Retry::No, std::move(what)};
}

Selector join(std::string_view letter, std::string_view host, std::string_view rest) {
  Selector text;
  text.reserve(letter.size() + host.size() + rest.size() + 2);
  return text.append(letter).append(" ").append(host).append(" ").append(rest);
}

Result<void> check_place(std::string_view host, std::string_view rest) {
  if (host.empty() || !all_visible(host)) return refuse("a selector needs a host");
  if (!all_visible(rest)) return refuse("no blank or control character may stand in a selector");
  if (host.size() + rest.size() > kMaxSelector) return refuse("a selector too long");
  return {};
}

/// Uri and path selectors of somebody else's.
Result<Selector> place_selector(std::string_view letter, std::string_view host,
                                std::string_view path) {
  const Result<void> sound = check_place(host, path);
  if (!sound) return sound.error();
  if (!path.starts_with('/')) return refuse("a path begins with /");
  return join(letter, host, path);
}

}  // namespace

Selector uri_selector(std::string_view host, std::string_view path, std::string_view query,
                      bool has_query) {
  Selector text = join("u", host, path);
  if (has_query) text.append("?").append(query);
  return text;
}

Selector path_selector(std::string_view host, std::string_view path) {
  return join("p", host, path);
}

Result<Selector> tag_selector(std::string_view tag) {
  if (tag.empty()) return refuse("a tag must not be empty");
  if (tag.size() > kMaxTag) return refuse("a tag too long");
  if (!std::all_of(tag.begin(), tag.end(), is_printable)) {
    return refuse("no control character may stand in a tag");
  }
  return Selector{"t "}.append(tag);
}

Result<Selector> prefix_selector(std::string_view host, std::string_view prefix) {
  const Result<void> sound = check_place(host, prefix);
  if (!sound) return sound.error();
  if (!prefix.starts_with('/')) return refuse("a prefix begins with /");
  if (prefix.find('?') != std::string_view::npos) return refuse("a prefix is one of the path");
  if (prefix.size() > 1 && prefix.ends_with('/')) prefix.remove_suffix(1);
  const auto depth = std::count(prefix.begin(), prefix.end(), '/');
  if (static_cast<std::size_t>(depth) > kMaxPrefixDepth) return refuse("a prefix too deep");
  return join("x", host, prefix);
}

Result<Selector> pattern_selector(std::string_view host, std::string_view glob) {
  const Result<void> sound = check_place(host, glob);
  if (!sound) return sound.error();
  if (!glob.starts_with('/') && !glob.starts_with('*')) {
    return refuse("a pattern begins with / or *");
  }
  const auto stars = std::count(glob.begin(), glob.end(), '*');
  if (static_cast<std::size_t>(stars) > kMaxPatternStars) return refuse("too many * in a pattern");
  return join("g", host, glob);
}

Result<Selector> namespace_selector(std::string_view route) {
  if (route.empty() || !all_visible(route)) return refuse("no route can have such a name");
  return Selector{"n "}.append(route);
}

std::optional<SelectorKind> kind_of(std::string_view selector) noexcept {
  if (selector.size() < 3 || selector[1] != ' ') return std::nullopt;
  switch (selector.front()) {
    case 'u':
      return SelectorKind::Uri;
    case 'p':
      return SelectorKind::Path;
    case 't':
      return SelectorKind::Tag;
    case 'x':
      return SelectorKind::Prefix;
    case 'g':
      return SelectorKind::Pattern;
    case 'n':
      return SelectorKind::Namespace;
    default:
      return std::nullopt;
  }
}

Result<Selector> parse_selector(std::string_view text) {
  const auto kind = kind_of(text);
  if (!kind) return refuse("not a selector");
  const std::string_view rest = text.substr(2);
  if (*kind == SelectorKind::Tag) return tag_selector(rest);
  if (*kind == SelectorKind::Namespace) return namespace_selector(rest);
  const std::size_t blank = std::min(rest.find(' '), rest.size());
  const std::string_view host = rest.substr(0, blank);
  const std::string_view place = rest.substr(std::min(blank + 1, rest.size()));
  switch (*kind) {
    case SelectorKind::Uri:
    case SelectorKind::Path:
      return place_selector(text.substr(0, 1), host, place);
    case SelectorKind::Prefix:
      return prefix_selector(host, place);
    case SelectorKind::Pattern:
      return pattern_selector(host, place);
    case SelectorKind::Tag:
    case SelectorKind::Namespace:
      break;
  }
  return refuse("not a selector");
}

bool glob_matches(std::string_view glob, std::string_view text) noexcept {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = kNone;  // the last '*' seen; what it stands for now ends at `resume`
  std::size_t resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != kNone) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == kNone;
}

}  // namespace wf::invalidation
