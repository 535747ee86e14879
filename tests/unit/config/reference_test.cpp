// `proxy.yaml` is the manual of the settings: it shows every key, and with its default.
#include <fstream>
#include <iterator>
#include <set>

#include <catch2/catch.hpp>

#include "config/reading.hpp"
#include "tests/unit/config/documents.hpp"

using namespace wf::config;

namespace {

std::string reference() {
  std::ifstream file{WARMFRONT_REFERENCE, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// "routes[1].cache" → "routes[].cache", as in Reading::known.
std::string without_indices(const std::string& path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    out += path[i];
    if (path[i] == '[') i = path.find(']', i) - 1;
  }
  return out;
}

}  // namespace

TEST_CASE("proxy.yaml holds the defaults") {
  const Config config = load_file(WARMFRONT_REFERENCE, test::kNoEnvironment).value();
  Config expected;
  expected.admin = Admin{};
  expected.store.redis = RedisStore{};
  Upstream api;
  api.servers = {{{"127.0.0.1", 9000, {}}}};
  expected.upstreams = {{"api", api}};
  Route all;
  all.name = "all";
  all.upstream = "api";
  all.cache = Cache{};
  REQUIRE(config.routes.size() == 2);
  CHECK(config.routes[1] == all);
  expected.routes = config.routes;
  CHECK(config.listen == expected.listen);
  CHECK(config.limits == expected.limits);
  CHECK(config.log == expected.log);
  CHECK(config.process == expected.process);
  CHECK(config.store == expected.store);
  CHECK(config.upstreams == expected.upstreams);
  CHECK(config == expected);
}

TEST_CASE("proxy.yaml shows every key that the reader knows") {
  // Keys that are asked for only in the other forms of a value must be shown as well.
  const Reading forms = read_document(
      "routes: [{match: {}, cache: {cookies: {}, query: {}}, invalidate: {}}]\n"
      "upstreams: {api: {}}\nstore: {redis: {}, memory: {}}\nlimits: {}\nadmin: {}\nprocess: "
      "{}\nlog: "
      "{}\nlisten: [{}]\n",
      "forms", test::kNoEnvironment);
  Reading shown = read_document(reference(), "proxy.yaml", test::kNoEnvironment);
  CHECK(shown.problems.empty());
  std::set<std::string> found;
  for (const auto& [path, position] : shown.found) found.insert(without_indices(path));
  std::set<std::string> known = forms.known;
  known.merge(shown.known);
  CHECK(known.contains("routes[].cache.cookies.key"));
  CHECK(known.size() > 70);
  for (const std::string& key : known) {
    CAPTURE(key);
    CHECK(found.contains(key));
  }
}
