// Request targets, hosts, queries and keys: what is canonical stays as it is, and no two are one.
#include <algorithm>

#include "proxy/policy/key.hpp"
#include "proxy/policy/uri.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

bool has_dot_segment(std::string_view path) {
  std::string text{path};
  text += '/';
  return text.find("/./") != std::string::npos || text.find("/../") != std::string::npos;
}

void check_target(std::string_view raw, policy::Method method) {
  std::string scratch;
  const auto target = policy::parse_target(raw, method, scratch);
  if (!target || target->asterisk) return;
  promise(target->path.starts_with('/') && !has_dot_segment(target->path), "a canonical path");
  std::string text{target->path};
  if (target->has_query) text.append("?").append(target->query);
  std::string unused;
  const auto again = policy::parse_target(text, method, unused);
  promise(again.has_value(), "what was accepted is accepted");
  promise(again->path == target->path && again->query == target->query &&
              again->has_query == target->has_query && unused.empty(),
          "canonical is canonical");
}

void check_host(std::string_view raw) {
  std::string scratch;
  const auto host = policy::parse_host(raw, scratch);
  if (!host) return;
  std::string unused;
  const auto again = policy::parse_host(host->authority, unused);
  promise(again && again->authority == host->authority && unused.empty(), "a canonical host");
  promise(host->authority.find_first_of("@/\\?# %\t\r\n") == std::string_view::npos, "no seams");
}

std::vector<std::string> pairs_of(std::string_view query) {
  std::vector<std::string> pairs;
  for (std::string_view rest = query;;) {
    const auto end = rest.find('&');
    pairs.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

void check_query(fuzz::Choices& choices, std::string_view query) {
  config::QueryRule rule;
  rule.sort = choices.coin();
  if (choices.coin()) rule.exclude = {"utm", "a"};
  if (choices.coin()) rule.include = {"a", "b", ""};
  std::string scratch;
  const std::string once{policy::canonical_query(query, rule, scratch)};
  const std::string twice{policy::canonical_query(once, rule, scratch)};
  promise(once == twice || once.empty(), "canonical is canonical");
  const auto before = pairs_of(query);
  const auto after = pairs_of(once);
  promise(once.empty() || std::includes(before.begin(), before.end(), after.begin(), after.end()),
          "whole pairs, and none of our own");
}

bool same(const std::vector<Field>& a, const std::vector<Field>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Field& x, const Field& y) {
    return x.name == y.name && x.value == y.value;
  });
}

void check_key(fuzz::Choices& choices) {
  policy::KeyParts parts;
  parts.name_space = choices.text(8);
  parts.method_class = choices.text(4);
  parts.scheme = choices.text(5);
  parts.host = choices.text(20);
  parts.path = choices.text(40);
  parts.has_query = choices.coin();
  if (parts.has_query) parts.query = choices.text(40);
  const std::vector<Field> headers(choices.up_to(3), {choices.text(9), choices.text(9)});
  const std::vector<Field> cookies(choices.up_to(3), {choices.text(9), choices.text(9)});
  std::string key;
  policy::append_key(parts, {headers, cookies}, key);
  const auto decoded = policy::decode_key(key);
  promise(decoded.has_value(), "a key can be read");
  const policy::KeyParts& read = decoded->parts;
  promise(read.name_space == parts.name_space && read.method_class == parts.method_class &&
              read.scheme == parts.scheme && read.host == parts.host && read.path == parts.path &&
              read.query == parts.query && read.has_query == parts.has_query &&
              same(decoded->headers, headers) && same(decoded->cookies, cookies),
          "and says what it was made of");
}

void check_foreign_key(std::string_view bytes) {
  const auto decoded = policy::decode_key(bytes);
  if (!decoded) return;
  std::string again;
  policy::append_key(decoded->parts, {decoded->headers, decoded->cookies}, again);
  promise(again == bytes, "one tuple, one key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices{fuzz::as_text(data, size)};
  const auto method = choices.coin() ? policy::Method::Get : policy::Method::Options;
  const auto kind = choices.up_to(4);
  const std::string rest{choices.rest()};
  if (kind == 0) check_target(rest, method);
  if (kind == 1) check_host(rest);
  if (kind == 2) check_query(choices, std::string{choices.rest()});
  if (kind == 3) check_key(choices);
  if (kind == 4) check_foreign_key(rest);
  return 0;
}
