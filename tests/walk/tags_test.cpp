// Tags and groups of stored answers, and what clients see of them.

#include <catch2/catch.hpp>

#include "proxy/admin/admin_server.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

const OwnedFields kBearer{{"Authorization", "Bearer a-token-of-tests"}};

config::Config with_admin(config::Config config) {
  config.admin.emplace();
  config.admin->address = {"127.0.0.1", 0, {}};
  config.admin->token = "a-token-of-tests";
  return config;
}

/// A proxy without Redis whose tags are purged by its admin listener.
struct Stage {
  Stage(Handler handler, config::Cache rules)
      : origin(std::move(handler)), proxy(settings(std::move(rules))) {
    admin.start();
  }
  explicit Stage(Handler handler) : Stage(std::move(handler), defaults()) {}

  static config::Cache defaults() {
    config::Cache rules;
    rules.ttl = 60s;
    return rules;
  }
  unsigned purge(const std::string& tag) {
    return ask(admin.port(), {"POST", "/purge", kBearer, R"({"tags": [")" + tag + R"("]})"}).status;
  }
  bool hit(const std::string& target) { return get(proxy.port(), target).says("hit"); }

  ScriptedOrigin origin;
  Proxy proxy;
  admin::AdminServer admin{proxy.server()};

 private:
  config::Config settings(config::Cache rules) {
    config::Config config = with_admin(config_for(origin));
    cache_of(config) = std::move(rules);
    return config;
  }
};

ClientRequest post(std::string target) { return {"POST", std::move(target), {}, "x"}; }

}  // namespace

TEST_CASE("tags that the origin names are purged, each by its field's convention") {
  Stage stage{[](const OriginRequest& request) {
    if (request.path() == "/a") return reply(request, {200, {{"Cache-Tag", "x, y z"}}, "a"});
    if (request.path() == "/b") return reply(request, {200, {{"Surrogate-Key", "x w"}}, "b"});
    return reply(request, {200, {}, "c"});
  }};
  const auto fill = [&] {
    for (const char* target : {"/a", "/b", "/c"}) {
      CHECK(get(stage.proxy.port(), target).status == 200);
      CHECK(stage.hit(target));
    }
  };
  fill();
  CHECK(stage.purge("w") == 200);
  CHECK(stage.hit("/a"));
  CHECK_FALSE(stage.hit("/b"));
  fill();
  CHECK(stage.purge("y z") == 200);
  CHECK_FALSE(stage.hit("/a"));
  CHECK(stage.hit("/b"));
  fill();
  CHECK(stage.purge("x") == 200);
  CHECK_FALSE(stage.hit("/a"));
  CHECK_FALSE(stage.hit("/b"));
  CHECK(stage.hit("/c"));
}

TEST_CASE("fields with tags reach clients, unless they are hidden; hidden tags still purge") {
  const OwnedFields tags{{"Cache-Tag", "a"}, {"Surrogate-Key", "b"}, {"Cache-Groups", "\"c\""}};
  Stage open{answering(tags)};
  CHECK(get(open.proxy.port(), "/x").field("Surrogate-Key") == "b");
  CHECK(get(open.proxy.port(), "/x").field("Surrogate-Key") == "b");

  config::Cache rules = Stage::defaults();
  rules.hide_tags = {"Cache-Tag", "Surrogate-Key"};
  Stage hidden{answering(tags), rules};
  for (int i = 0; i < 2; ++i) {
    const Response response = get(hidden.proxy.port(), "/x");
    CHECK_FALSE(response.has("Cache-Tag"));
    CHECK_FALSE(response.has("Surrogate-Key"));
    CHECK(response.field("Cache-Groups") == "\"c\"");
  }
  CHECK_FALSE(ask(hidden.proxy.port(), post("/y")).has("Cache-Tag"));
  CHECK(hidden.hit("/x"));
  CHECK(hidden.purge("b") == 200);
  CHECK_FALSE(hidden.hit("/x"));
}

TEST_CASE("hidden tags outlive a 304") {
  config::Cache rules = Stage::defaults();
  rules.ttl.reset();
  rules.hide_tags = {"Cache-Tag"};
  Stage stage{[](const OriginRequest& request) {
                if (!request.field("If-None-Match").empty()) {
                  return reply(request, {304, {{"Cache-Control", "max-age=60"}}, {}});
                }
                return reply(request, {200,
                                       {{"ETag", "\"1\""},
                                        {"Cache-Control", "max-age=0, must-revalidate"},
                                        {"Cache-Tag", "a"}},
                                       "body"});
              },
              rules};
  CHECK(get(stage.proxy.port(), "/x").status == 200);
  CHECK(get(stage.proxy.port(), "/x").says("fwd-status=304"));
  CHECK(stage.hit("/x"));
  CHECK(stage.purge("a") == 200);
  CHECK_FALSE(stage.hit("/x"));
}

TEST_CASE("members of the answer's JSON are tags; more than is looked into is not stored") {
  config::Cache rules = Stage::defaults();
  rules.tags = {"user:{response.user.id}", "page:{query.page}"};
  Stage stage{[](const OriginRequest& request) {
                std::string body = R"({"user": {"id": 42}})";
                if (request.path() == "/large") body += std::string(1'100'000, ' ');
                return reply(request, {200, {}, body});
              },
              rules};
  for (const char* target : {"/x", "/y?page=2"}) {
    CHECK(get(stage.proxy.port(), target).status == 200);
    CHECK(stage.hit(target));
  }
  CHECK(get(stage.proxy.port(), "/large").whole());
  CHECK_FALSE(stage.hit("/large"));
  CHECK(stage.purge("page:2") == 200);
  CHECK(stage.hit("/x"));
  CHECK_FALSE(stage.hit("/y?page=2"));
  CHECK(stage.purge("user:42") == 200);
  CHECK_FALSE(stage.hit("/x"));
}

TEST_CASE("an answer with more tags than can be kept is not stored") {
  std::string tags;
  for (int i = 0; i < 257; ++i) tags += "t" + std::to_string(i) + " ";
  Stage stage{answering({{"Surrogate-Key", tags}})};
  CHECK(get(stage.proxy.port(), "/x").status == 200);
  CHECK_FALSE(stage.hit("/x"));
}

TEST_CASE("RFC 9875 §3: a write's answer invalidates groups of its own origin, a read's does not") {
  Stage stage{[](const OriginRequest& request) {
    if (request.method == "POST" || request.path() == "/reads") {
      return reply(request, {200, {{"Cache-Group-Invalidation", "\"g\""}}, {}});
    }
    return reply(request, {200, {{"Cache-Groups", "\"g\", \"h\""}}, "x"});
  }};
  const OwnedFields other{{"Host", "other.test"}};
  const auto hit = [&](const OwnedFields& host) {
    return get(stage.proxy.port(), "/x", host).says("hit");
  };
  CHECK(get(stage.proxy.port(), "/x").status == 200);
  CHECK(get(stage.proxy.port(), "/x", other).status == 200);
  CHECK(get(stage.proxy.port(), "/reads").status == 200);
  CHECK(hit({}));
  CHECK(ask(stage.proxy.port(), post("/write")).status == 200);
  CHECK(hit(other));
  CHECK_FALSE(hit({}));
}

}  // namespace wf::test
