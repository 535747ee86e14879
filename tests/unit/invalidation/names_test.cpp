// What a stored response can be named by.
#include "proxy/invalidation/names.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "proxy/invalidation/purge_table.hpp"
#include "proxy/policy/key.hpp"

using namespace wf;
using namespace wf::invalidation;

namespace {

std::string key_of(std::string_view host, std::string_view path, std::string_view query = {}) {
  policy::KeyParts parts;
  parts.scheme = "http";
  parts.host = host;
  parts.path = path;
  parts.query = query;
  parts.has_query = !query.empty();
  std::string key;
  policy::append_key(parts, {}, key);
  return key;
}

const std::vector<std::string> kTags{"x:1", "group http://a g"};

/// Whether a purge of that selector makes the response invalid.
bool purges(const Selector& selector, const std::string& key) {
  PurgeTable table{Millis{60'000}};
  cache::Record record;
  record.key = key;
  record.tags = kTags;
  record.as_of = table.position();
  CHECK(table.valid(record));
  static_cast<void>(table.apply_local({&selector, 1}));
  return !table.valid(record);
}

}  // namespace

TEST_CASE("each kind of selector matches what it names, and nothing else") {
  struct Row {
    Selector selector;
    bool expected;
  };
  const Row row = GENERATE(values<Row>({
      {"u a /b/c?q=1", true},
      {"u a /b/c", false},
      {"p a /b/c", true},
      {"p b /b/c", false},
      {"t x:1", true},
      {"t x", false},
      {"t group http://a g", true},
      {"t group http://b g", false},
      {"x a /", true},
      {"x a /b", true},
      {"x a /b/c", true},
      {"x a /b/c/d", false},
      {"x a /b/", false},  // not canonical: the builder takes the last '/' away
      {"x b /b", false},
      {"g a /b/*", true},
      {"g a *q=1", true},
      {"g a /b/*?q=2", false},
      {"g a /b/c", false},
      {"g b *", false},
      {"n *", true},
      {"n other", false},
  }));
  CAPTURE(row.selector);
  CHECK(purges(row.selector, key_of("a", "/b/c", "q=1")) == row.expected);
}

TEST_CASE("a path with a slash at its end is below that path") {
  CHECK(purges("x a /b", key_of("a", "/b/")));
  CHECK_FALSE(purges("x a /b", key_of("a", "/bc")));
  CHECK(purges("x a /", key_of("a", "/")));
}

TEST_CASE("patterns whose purge was forgotten are forgotten too") {
  PurgeTable table{Millis{1000}, 2};
  for (std::uint64_t i = 1; i <= 100; ++i) {
    const std::vector<Selector> selectors{"g a /" + std::to_string(i) + "*"};
    table.apply({i, 0}, selectors);
  }
  CHECK(table.size() <= 3);
  CHECK(table.patterns() <= 4);
}
