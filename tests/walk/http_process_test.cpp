// The program: how it starts, refuses to start, and ends.

#include <csignal>

#include <catch2/catch.hpp>

#include "tests/walk/child_process.hpp"

namespace wf::test {

namespace {

/// Answers late where the path says so.
Script answer(const OriginRequest& request) {
  Script script;
  std::string text = to_text(Answer{200, {}, "whole answer"}, request.serial);
  if (request.path() == "/held") script.hold("go");
  if (request.path() == "/half") {
    script.send(text.substr(0, text.size() - 5)).hold("go");
    text = text.substr(text.size() - 5);
  }
  return script.send(std::move(text));
}

bool refuses(std::uint16_t port) {
  try {
    static_cast<void>(connect_to({"127.0.0.1", port, {}}));
    return false;
  } catch (const std::system_error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("a signal drains: what is under way is answered, then the end") {
  ScriptedOrigin origin{answer};
  const std::string cache = GENERATE(as<std::string>{}, "off", "{ttl: 1m}");
  const int signal = GENERATE(SIGTERM, SIGINT);
  ChildProxy proxy{"drain_timeout: 30s\n" + yaml_for(origin, cache)};
  HttpClient idle{proxy.port()};
  REQUIRE(idle.get("/a").whole());
  HttpClient silent{proxy.port()};
  HttpClient held{proxy.port()};
  REQUIRE(held.send({"GET", "/held", {}, {}}));
  HttpClient half{proxy.port()};
  REQUIRE(half.send({"GET", "/half", {}, {}}));
  Response begun = half.read_head();
  REQUIRE(origin.wait_held("go", 2));

  proxy.process().signal(signal);
  REQUIRE(proxy.process().says("draining"));
  CHECK(idle.ended());
  CHECK(silent.ended());
  CHECK(eventually([&] { return refuses(proxy.port()); }));
  origin.release("go");
  const Response response = held.read();
  CHECK(response.whole());
  CHECK(response.body == "whole answer");
  CHECK(response.field("Connection") == "close");
  CHECK(held.ended());
  half.read_rest(begun);
  CHECK(begun.body == "whole answer");
  CHECK(half.ended());
  CHECK(proxy.process().wait() == 0);
  CHECK(proxy.process().says("stopped"));
}

TEST_CASE("draining ends after drain_timeout, whoever waits") {
  ScriptedOrigin origin{answer};
  const std::string cache = GENERATE(as<std::string>{}, "off", "{ttl: 1m}");
  ChildProxy proxy{"drain_timeout: 200ms\n" + yaml_for(origin, cache)};
  HttpClient held{proxy.port()};
  REQUIRE(held.send({"GET", "/held", {}, {}}));
  HttpClient partial{proxy.port()};
  REQUIRE(partial.send("GET /a HT"));
  REQUIRE(origin.wait_held("go"));
  proxy.process().signal(SIGTERM);
  CHECK(proxy.process().wait() == 0);
}

TEST_CASE("a second signal ends at once") {
  ScriptedOrigin origin{answer};
  const int second = GENERATE(SIGTERM, SIGINT);
  ChildProxy proxy{"drain_timeout: 1h\n" + yaml_for(origin, "off")};
  HttpClient held{proxy.port()};
  REQUIRE(held.send({"GET", "/held", {}, {}}));
  REQUIRE(origin.wait_held("go"));
  proxy.process().signal(SIGTERM);
  REQUIRE(proxy.process().says("draining"));
  proxy.process().signal(second);
  CHECK(proxy.process().wait() == 128 + second);
}

TEST_CASE("check says what a configuration does, or what is wrong with it") {
  const TempDir directory;
  ScriptedOrigin origin;
  const std::string path = directory.path("proxy.yaml");
  SECTION("right") {
    ChildProcess check{{"check", write_file(path, yaml_for(origin, "{ttl: 1m}"))}};
    CHECK(check.wait() == 0);
    CHECK(check.output().find("all") != std::string::npos);
  }
  SECTION("wrong") {
    const std::string wrong = yaml_for(origin, "{tll: 1m}");
    const std::string place = write_file(path, wrong) + ":6:";
    ChildProcess check{{"check", path}};
    CHECK(check.wait() == 2);
    CHECK(check.output().find(place) != std::string::npos);
    CHECK(check.output().find("did you mean") != std::string::npos);
    ChildProcess run{{"--config", path}};
    CHECK(run.wait() == 2);
    CHECK(run.output() == check.output());
  }
  SECTION("absent") {
    ChildProcess check{{"check", directory.path("none.yaml")}};
    CHECK(check.wait() == 2);
    CHECK(check.output().find("none.yaml") != std::string::npos);
  }
}

TEST_CASE("what hinders a start is said in one line") {
  const TempDir directory;
  ScriptedOrigin origin;
  std::string yaml = yaml_for(origin, "off");
  std::string expected;
  SECTION("an address in use") {
    // A listener that shares its port with nobody: the origin's.
    const std::string address = "127.0.0.1:" + std::to_string(origin.address().port);
    yaml = "listen: [{address: \"" + address + "\"}]\n" + yaml;
    expected = "cannot listen on " + address + ": Address already in use";
  }
  SECTION("an address of somebody else") {
    yaml = "listen: [{address: \"192.0.2.1:8080\"}]\n" + yaml;
    expected = "cannot listen on 192.0.2.1:8080: ";
  }
  SECTION("a log that cannot be written") {
    const std::string blocked = write_file(directory.path("file"), "") + "/access.log";
    yaml.replace(yaml.find("access: off"), 11, "access: \"" + blocked + "\"");
    yaml = "listen: [{address: \"127.0.0.1:0\"}]\n" + yaml;
    expected = blocked;
  }
  ChildProcess run{{"--config", write_file(directory.path("proxy.yaml"), yaml)}};
  CHECK(run.wait() == 1);
  const std::string output = run.output();
  CAPTURE(output);
  CHECK(output.find(expected) != std::string::npos);
  CHECK(count(output, "\n") == 1);
}

TEST_CASE("a second proxy does not share the first one's port") {
  const TempDir directory;
  ScriptedOrigin origin;
  ChildProxy first{yaml_for(origin, "off")};
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  const std::string yaml = "listen: [{address: \"" + address + "\"}]\n" + yaml_for(origin, "off");
  ChildProcess second{{"--config", write_file(directory.path("proxy.yaml"), yaml)}};
  CHECK(second.wait() == 1);
  CHECK(second.says("cannot listen on " + address + ": Address already in use"));
  CHECK(get(first.port(), "/a").whole());
}

TEST_CASE("top shows what a running proxy does") {
  ScriptedOrigin origin;
  ChildProxy proxy{"admin: {address: \"127.0.0.1:0\"}\n" + yaml_for(origin, "{ttl: 1m}")};
  REQUIRE(proxy.process().says("admin on 127.0.0.1:"));
  const std::string log = proxy.process().output();
  const std::string rest = log.substr(log.find("admin on ") + 9);
  const std::string address = rest.substr(0, rest.find_first_not_of("0123456789.:"));
  ChildProcess top{{"top", "--admin", address, "--once"}};
  CHECK(top.wait() == 0);
  CHECK(top.output().find(address) != std::string::npos);
  CHECK(top.output().find("outcomes/s:") != std::string::npos);
  ChildProcess nobody{{"top", "--admin", "127.0.0.1:1", "--once"}};
  CHECK(nobody.wait() == 1);
}

TEST_CASE("purge prints the Redis call that does the same") {
  TempDir directory;
  const std::string yaml =
      "store: {redis: {url: \"redis://10.0.0.5:6380/2\", prefix: shop}}\n"
      "upstreams: {api: {servers: [\"http://127.0.0.1:9\"]}}\n"
      "routes: [{name: all, match: \"/**\", upstream: api, cache: {ttl: 1m}}]\n";
  const std::string file = write_file(directory.path("proxy.yaml"), yaml);
  ChildProcess call{{"purge", "-c", file, "--tag", "a b", "--url", "http://API.test:80/x?b=1&a=2",
                     "--soft", "--print-redis-call"}};
  CHECK(call.wait() == 0);
  const std::string printed = call.output();
  CHECK(printed.find("redis-cli -h '10.0.0.5' -p 6380 -n 2 EVAL '-- Warmfront") == 0);
  CHECK(printed.find("' 3 '{shop}:log' '{shop}:index' '{shop}:nodes' '~u api.test /x?a=2&b=1' "
                     "'~t a%20b'\n") != std::string::npos);
  ChildProcess refresh{{"purge", "-c", file, "--tag", "a", "--refresh", "--print-redis-call"}};
  CHECK(refresh.wait() == 2);
  ChildProcess script{{"purge", "--print-redis-script"}};
  CHECK(script.wait() == 0);
  CHECK(script.output().find("-- Warmfront") == 0);
}

TEST_CASE("without a word it explains itself") {
  ChildProcess help{{}};
  CHECK(help.wait() == 2);
  CHECK(help.output().find("--config") != std::string::npos);
  ChildProcess version{{"--version"}};
  CHECK(version.wait() == 0);
  CHECK(version.output().starts_with("warmfront "));
}

}  // namespace wf::test
