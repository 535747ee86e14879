// SIGHUP: routes and upstreams change between two requests, and nobody who is being answered
// notices. A file that is wrong changes nothing (FM-37).

#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/walk/child_process.hpp"

namespace wf::test {

namespace {

constexpr std::string_view kTop = "process: {sandbox: kill}\nlog: {access: off}\nworkers: 2\n";

std::string upstream(const ScriptedOrigin& origin) {
  return "upstreams: {origin: {servers: [\"http://127.0.0.1:" +
         std::to_string(origin.address().port) + "\"]}}\n";
}

std::string route(std::string_view name, std::string_view path, std::string_view more = "") {
  std::string text = "  - {name: ";
  text.append(name).append(", match: \"").append(path).append("\", upstream: origin");
  return text.append(more).append("}\n");
}

std::string yaml_of(const ScriptedOrigin& origin, std::string_view routes) {
  return std::string{kTop} + upstream(origin) + "routes:\n" + std::string{routes};
}

/// Holds back what is asked for by "/held".
Script answer(const OriginRequest& request) {
  Script script;
  if (request.path() == "/held") script.hold("go");
  return script.send(to_text(Answer{200, {}, "whole answer"}, request.serial));
}

}  // namespace

TEST_CASE("reloaded routes are those of the next request, on the same connection too") {
  ScriptedOrigin origin;
  ChildProxy proxy{yaml_of(origin, route("old", "/old", ", cache: {ttl: 1m}"))};
  HttpClient client{proxy.port()};
  const unsigned first = client.get("/old").serial();
  CHECK(client.get("/new").status == 404);

  proxy.reload(yaml_of(origin, route("new", "/new") + route("old", "/old", ", cache: {ttl: 1m}")));
  CHECK(client.get("/new").status == 200);
  // What was stored is still there.
  CHECK(client.get("/old").serial() == first);

  proxy.reload(yaml_of(origin, route("new", "/new")));
  CHECK(client.get("/old").status == 404);
  proxy.process().signal(SIGTERM);
  CHECK(proxy.process().wait() == 0);
}

TEST_CASE("methods and limits that came with a reload hold for the next head") {
  ScriptedOrigin origin;
  const std::string all = route("all", "/**");
  ChildProxy proxy{yaml_of(origin, all)};
  HttpClient client{proxy.port()};
  CHECK(client.get("/a", {{"X-Long", std::string(2000, 'x')}}).status == 200);
  proxy.reload("limits: {field_line: 1kB}\n" +
               yaml_of(origin,
                       "  - {name: r, match: {path: \"/**\", methods: [REPORT]}, "
                       "upstream: origin}\n" +
                           all));
  CHECK(client.ask({"REPORT", "/a", {}, {}}).status == 200);
  CHECK(client.get("/a", {{"X-Long", std::string(2000, 'x')}}).status == 431);
}

TEST_CASE("what is under way ends as it began, with its old origin") {
  ScriptedOrigin before{answer};
  ScriptedOrigin after;
  const std::string cache = GENERATE(as<std::string>{}, "", ", cache: {ttl: 1m}");
  ChildProxy proxy{yaml_of(before, route("all", "/**", cache))};
  HttpClient held{proxy.port()};
  REQUIRE(held.send({"GET", "/held", {}, {}}));
  REQUIRE(before.wait_held("go"));

  // Thrice, so that the one it stands on is neither the first nor the last.
  for (int i = 0; i < 3; ++i) {
    proxy.reload(yaml_of(after, route("other" + std::to_string(i), "/**", cache)));
    CHECK(get(proxy.port(), "/a" + std::to_string(i)).status == 200);
  }
  CHECK(after.wait_requests(3));
  before.release("go");
  const Response response = held.read();
  CHECK(response.whole());
  CHECK(response.body == "whole answer");
  proxy.process().signal(SIGTERM);
  CHECK(proxy.process().wait() == 0);
}

TEST_CASE("a broken file is refused with its place, and changes nothing") {
  ScriptedOrigin origin;
  ChildProxy proxy{yaml_of(origin, route("all", "/**"))};
  proxy.rewrite(yaml_of(origin, route("all", "/**", ", chache: {}")));
  proxy.process().signal(SIGHUP);
  REQUIRE(proxy.process().says("the configuration stays as it was"));
  CHECK(proxy.process().says("proxy.yaml:7:"));
  CHECK(proxy.process().says("did you mean"));
  CHECK(get(proxy.port(), "/a").status == 200);
}

TEST_CASE("what only a restart changes is told") {
  ScriptedOrigin origin;
  const std::string routes = route("all", "/**");
  ChildProxy proxy{yaml_of(origin, routes)};
  std::string yaml = yaml_of(origin, routes);
  yaml.replace(yaml.find("workers: 2"), 10, "workers: 1");
  proxy.reload("store: {memory: {size: 1MiB}}\n" + yaml);
  CHECK(proxy.process().says("only a restart changes workers, store"));
  CHECK(get(proxy.port(), "/a").status == 200);
}

TEST_CASE("a log that was moved away is opened anew, by either signal") {
  const TempDir directory;
  ScriptedOrigin origin;
  const std::string log = directory.path("access.log");
  std::string yaml = yaml_of(origin, route("all", "/**"));
  yaml.replace(yaml.find("access: off"), 11, "access: \"" + log + "\"");
  ChildProxy proxy{yaml};
  const auto lines_after = [&](int signal, const std::string& moved) {
    CHECK(get(proxy.port(), "/a").status == 200);
    const bool written = eventually([&] { return std::filesystem::file_size(log) > 0; });
    std::filesystem::rename(log, directory.path(moved));
    proxy.process().signal(signal);
    return written && eventually([&] { return std::filesystem::exists(log); });
  };
  CHECK(lines_after(SIGUSR1, "1"));
  CHECK(lines_after(SIGHUP, "2"));
  CHECK(lines_after(SIGUSR1, "3"));
}

TEST_CASE("a hundred reloads under load, half of them broken") {
  ScriptedOrigin origin;
  const auto yaml = [&](int number) {
    std::string routes;
    for (int i = 0; i < 50; ++i) {
      const std::string name = "r" + std::to_string(i) + (number % 4 == 0 ? "a" : "b");
      routes += route(name, "/" + name + "/{id}", ", cache: {ttl: 1s, tags: [\"t:{id}\"]}");
    }
    return yaml_of(origin, routes + route("all", "/**", ", cache: {ttl: 10ms}"));
  };
  ChildProxy proxy{yaml(0)};
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> answered{0};
  std::atomic<std::size_t> failed{0};
  std::vector<std::thread> clients;
  for (int number = 0; number < 4; ++number) {
    clients.emplace_back([&, number] {
      HttpClient client{proxy.port()};
      for (unsigned i = 0; !stopping; ++i) {
        const std::string target = "/x" + std::to_string((i + static_cast<unsigned>(number)) % 50);
        const Response response = client.get(target);
        if (!response.whole() || response.status != 200) ++failed;
        ++answered;
      }
    });
  }
  const auto settled = [&] { return answered > 500; };
  CHECK(eventually(settled));
  std::size_t before = 0;
  for (int number = 1; number <= 100; ++number) {
    if (number % 2 == 0) {
      proxy.reload(yaml(number));
    } else {
      proxy.rewrite(yaml(number) + "nonsense: [\n");
      proxy.hang_up("stays as it was");
    }
    if (number == 10) before = proxy.process().memory_now();
  }
  const std::size_t after = proxy.process().memory_now();
  stopping = true;
  for (std::thread& client : clients) client.join();
  const auto growth = static_cast<long>(after) - static_cast<long>(before);
  std::cout << "100 reloads, 50 of them broken: " << answered << " requests, " << failed
            << " failed; resident memory grew by " << growth << " KiB\n";
  CHECK(failed == 0);
  CHECK(growth < 5 * 1024);
  proxy.process().signal(SIGTERM);
  CHECK(proxy.process().wait() == 0);
}

}  // namespace wf::test
