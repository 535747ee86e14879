#include "proxy/admin/dry_run.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "proxy/policy/key.hpp"

namespace wf::admin {

namespace {

using cache::Record;
using cache::RecordPtr;
using invalidation::Selector;
using invalidation::SelectorKind;

/// Places of memory per step, under one lock.
constexpr std::size_t kStep = 256;

/// What selectors are compared with, once per record.
struct Names {
  std::string uri;
  std::string path;
  std::string host;
  std::string path_and_query;
};

Names names_of(const policy::KeyParts& parts) {
  Names names;
  names.host = parts.host;
  names.path_and_query = parts.path;
  if (parts.has_query) names.path_and_query.append("?").append(parts.query);
  names.uri = invalidation::uri_selector(parts.host, parts.path, parts.query, parts.has_query);
  names.path = invalidation::path_selector(parts.host, parts.path);
  return names;
}

/// By whole segments: /a is a prefix of /a and /a/b, not of /ab.
bool has_prefix(std::string_view path, std::string_view prefix) {
  if (prefix == "/") return true;
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

bool matches(std::string_view selector, const Record& record, const policy::KeyParts& parts,
             const Names& names) {
  const auto kind = invalidation::kind_of(selector);
  if (!kind) return false;
  const std::string_view rest = selector.substr(2);
  const std::size_t blank = std::min(rest.find(' '), rest.size());
  const std::string_view host = rest.substr(0, blank);
  const std::string_view place = rest.substr(std::min(blank + 1, rest.size()));
  switch (*kind) {
    case SelectorKind::Uri:
      return selector == names.uri;
    case SelectorKind::Path:
      return selector == names.path;
    case SelectorKind::Tag:
      return std::find(record.tags().begin(), record.tags().end(), rest) != record.tags().end();
    case SelectorKind::Prefix:
      return host == names.host && has_prefix(parts.path, place);
    case SelectorKind::Pattern:
      return host == names.host && invalidation::glob_matches(place, names.path_and_query);
    case SelectorKind::Namespace:
      return rest == "*" || rest == parts.name_space;
  }
  return false;
}

void look_at(const Record& record, const std::vector<Selector>& selectors, DryRun& out) {
  if (record.kind != cache::RecordKind::Response) return;
  ++out.looked_at;
  const auto key = policy::decode_key(record.key());
  if (!key) return;
  const Names names = names_of(key->parts);
  const bool hit = std::any_of(selectors.begin(), selectors.end(), [&](const Selector& selector) {
    return matches(selector, record, key->parts, names);
  });
  if (!hit) return;
  ++out.matched;
  out.bytes += record.footprint();
  if (out.keys.size() < kMostKeysShown) out.keys.push_back(readable_key(record.key()));
}

}  // namespace

std::string readable_key(std::string_view key) {
  const auto decoded = policy::decode_key(key);
  if (!decoded) return {};
  const policy::KeyParts& parts = decoded->parts;
  std::string out = std::string{parts.scheme}.append("://").append(parts.host).append(parts.path);
  if (parts.has_query) out.append("?").append(parts.query);
  for (const Field& field : decoded->headers) {
    out.append(" ").append(field.name).append(": ").append(field.value);
  }
  for (const Field& cookie : decoded->cookies) {
    out.append(" cookie ").append(cookie.name).append("=").append(cookie.value);
  }
  return out;
}

net::Task<DryRun> dry_run(cache::MemoryTier& memory, std::vector<Selector> selectors) {
  DryRun out;
  cache::MemoryTier::Cursor cursor;
  const auto executor = co_await net::asio::this_coro::executor;
  std::vector<RecordPtr> records;
  while (!cursor.done) {
    records.clear();
    memory.visit(cursor, kStep, records);
    for (const RecordPtr& record : records) look_at(*record, selectors, out);
    co_await net::asio::post(executor, net::asio::use_awaitable_t<net::Executor>{});
  }
  co_return out;
}

}  // namespace wf::admin
