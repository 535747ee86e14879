// Canonical keys for tests about purges.
#pragma once

#include <memory>
#include <string>

#include "proxy/cache/record.hpp"
#include "proxy/invalidation/purge_index.hpp"
#include "proxy/policy/key.hpp"

namespace wf::invalidation::testing {

/// The key of http://host/path on the route "route", with a query where one is given.
[[nodiscard]] inline std::string key_of(std::string_view path, const char* query = nullptr) {
  policy::KeyParts parts;
  parts.name_space = "route";
  parts.scheme = "http";
  parts.host = "host";
  parts.path = path;
  parts.has_query = query != nullptr;
  if (query != nullptr) parts.query = query;
  std::string key;
  policy::append_key(parts, {}, key);
  return key;
}

[[nodiscard]] inline Selector uri(std::string_view path) {
  return uri_selector("host", path, "", false);
}

[[nodiscard]] inline cache::RecordPtr record_of(std::string_view path, const cache::Stamp& as_of) {
  cache::Draft record;
  record.key = key_of(path);
  record.as_of = as_of;
  return cache::Record::make(std::move(record));
}

}  // namespace wf::invalidation::testing
