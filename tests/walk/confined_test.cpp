// The program under its filter, in all that a proxy does: had anything been forgotten in the list,
// the process would be killed, and the conversation end.

#include <csignal>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "tests/support/certificates.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/walk/child_process.hpp"

namespace wf::test {

namespace {

constexpr std::string_view kKill = "process: {sandbox: kill}\n";

/// What the kernel says of the process: "Seccomp:" → "2".
std::string told_of(pid_t process, std::string_view name) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/status"};
  const std::string status{std::istreambuf_iterator<char>(file), {}};
  const std::size_t at = status.find(name);
  if (at == std::string::npos) return {};
  const std::size_t begin = status.find_first_not_of(" \t", at + name.size());
  return status.substr(begin, status.find_first_of("\t\n", begin) - begin);
}

std::string redis_yaml(const std::string& redis) { return "store: {redis: {" + redis + "}}\n"; }

}  // namespace

TEST_CASE("the program gives up what it does not need, and says so") {
  ScriptedOrigin origin;
  ChildProxy proxy{"process: {sandbox: on}\n" + yaml_for(origin, "{ttl: 1m}")};
  CHECK(get(proxy.port(), "/a").whole());
  CHECK(told_of(proxy.process().id(), "Seccomp:") == "2");
  CHECK(told_of(proxy.process().id(), "NoNewPrivs:") == "1");
  CHECK(proxy.process().says("sandbox on"));
  std::ifstream cores{"/proc/" + std::to_string(proxy.process().id()) + "/coredump_filter"};
  CHECK(std::string{std::istreambuf_iterator<char>(cores), {}} == "00000000\n");
}

TEST_CASE("a sandbox is what one gets without asking, and one can do without") {
  ScriptedOrigin origin;
  ChildProxy usual{yaml_for(origin, "off")};
  CHECK(told_of(usual.process().id(), "Seccomp:") == "2");
  ChildProxy without{"process: {sandbox: off, core_dumps: true}\n" + yaml_for(origin, "off")};
  CHECK(without.process().says("sandbox off"));
}

TEST_CASE("root becomes the user it was told to, before anybody is served") {
  if (::geteuid() != 0) return;
  ScriptedOrigin origin;
  ChildProxy proxy{"process: {user: nobody, sandbox: kill}\n" + yaml_for(origin, "{ttl: 1m}")};
  CHECK(get(proxy.port(), "/a").whole());
  CHECK(told_of(proxy.process().id(), "Uid:") == "65534");
  CHECK(told_of(proxy.process().id(), "Gid:") == "65534");
  CHECK(told_of(proxy.process().id(), "CapPrm:") == "0000000000000000");
  proxy.process().signal(SIGTERM);
  CHECK(proxy.process().wait() == 0);
}

TEST_CASE("a user that is not there hinders the start") {
  const TempDir directory;
  ScriptedOrigin origin;
  ChildProcess run{{"--config", write_file(directory.path("proxy.yaml"),
                                           "listen: [{address: \"127.0.0.1:0\"}]\n"
                                           "process: {user: no-such-user}\n" +
                                               yaml_for(origin, "off"))}};
  CHECK(run.wait() == 1);
  CHECK(run.says("process.user: there is no user \"no-such-user\""));
}

TEST_CASE("under the killing filter: memory, names looked up again, a log file, the end") {
  const TempDir directory;
  ScriptedOrigin origin;
  std::string yaml = yaml_for(origin, "{ttl: 1m}");
  // By its name, which is looked up by a thread that the resolver makes then.
  yaml.replace(yaml.find("http://127.0.0.1"), 16, "http://localhost");
  yaml.replace(yaml.find("}\nroutes"), 1, ", resolve_interval: 1s}");
  const std::string log = directory.path("access.log");
  yaml.replace(yaml.find("access: off"), 11, "access: \"" + log + "\"");
  ChildProxy proxy{std::string{kKill} + yaml};
  CHECK(get(proxy.port(), "/a").whole());
  CHECK(get(proxy.port(), "/a").says("hit"));
  int number = 0;
  // Longer than resolve_interval.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{2500};
  CHECK(eventually([&] {
    CHECK(get(proxy.port(), "/" + std::to_string(++number)).whole());
    return std::chrono::steady_clock::now() > until;
  }));
  CHECK(std::filesystem::file_size(log) > 0);
  proxy.process().signal(SIGTERM);
  CHECK(proxy.process().wait() == 0);
}

TEST_CASE("under the killing filter: Redis, by TCP, by its unix socket and by TLS; it comes back") {
  ScriptedOrigin origin;
  const Certificates certificates;
  const std::uint16_t tls_port = free_port();
  RedisServer redis{certificates.options(tls_port, "no")};
  const std::string ways[] = {
      "url: \"redis://127.0.0.1:" + std::to_string(redis.port()) + "\"",
      "url: \"unix://" + redis.unix_path() + "\"",
      "url: \"rediss://127.0.0.1:" + std::to_string(tls_port) + "\", tls: {ca: \"" +
          certificates.ca() + "\"}",
  };
  int number = 0;
  for (const std::string& way : ways) {
    CAPTURE(way);
    ChildProxy proxy{std::string{kKill} + redis_yaml(way) + yaml_for(origin, "{ttl: 1m}")};
    CHECK(proxy.process().says("redis: connected"));
    const std::string target = "/redis/" + std::to_string(++number);
    CHECK(get(proxy.port(), target).whole());
    redis.restart();
    CHECK(eventually([&] {
      const Response response = get(proxy.port(), target + "/" + std::to_string(++number));
      return response.status == 200;
    }));
    proxy.process().signal(SIGTERM);
    CHECK(proxy.process().wait() == 0);
  }
}

TEST_CASE("under the killing filter: unix sockets in front, behind and for the operators") {
  const TempDir directory;
  ScriptedOrigin origin;
  const std::string admin = directory.path("admin.sock");
  ChildProxy proxy{std::string{kKill} + "admin: {address: \"unix:" + admin + "\"}\n" +
                   yaml_for(origin, "{ttl: 1m}")};
  CHECK(get(proxy.port(), "/a").whole());
  CHECK(std::filesystem::exists(admin));
  const RawSocket operators = connect_to({{}, 0, admin});
  CHECK(operators.write("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  CHECK(read_to_end(operators).find("200 OK") != std::string::npos);
  proxy.process().signal(SIGTERM);
  CHECK(proxy.process().wait() == 0);
  CHECK_FALSE(std::filesystem::exists(admin));
}

}  // namespace wf::test
