#include "config/address.hpp"
#include "config/names.hpp"
#include "config/scalars.hpp"
#include "config/schema.hpp"

namespace wf::config {
namespace {

constexpr milliseconds kShortestResolve = 1s;  // name servers are not asked more often

void read_servers(const Value& value, std::vector<Server>& out) {
  read_list(value, out, "a list of servers", [](const Value& element, Server& server) {
    read_parsed(element, server.address, "http://host:port or unix:/path", parse_server_url);
  });
}

void read_resolve_interval(const Value& value, milliseconds& out) {
  read(value, out);
  if (out < kShortestResolve) value.problem("must be at least 1s");
}

}  // namespace

void read(const Value& value, Upstream& out) {
  constexpr auto kPositive = [](const Value& v, milliseconds& t) { read_positive(v, t); };
  value.read_map("a map such as {servers: [\"http://127.0.0.1:9000\"]}", [&](Map& map) {
    map.require("servers", out.servers, read_servers);
    map.get("connect_timeout", out.connect_timeout, kPositive);
    map.get("response_timeout", out.response_timeout, kPositive);
    map.get("read_timeout", out.read_timeout, kPositive);
    map.get("write_timeout", out.write_timeout, kPositive);
    map.get("idle_timeout", out.idle_timeout, kPositive);
    map.get("max_idle", out.max_idle, number({}));
    map.get("max_connections", out.max_connections, number({.least = 1}));
    map.get("resolve_interval", out.resolve_interval, read_resolve_interval);
    map.get("fail_timeout", out.fail_timeout);
    map.get("host", out.host, optionally<std::string>([](const Value& v, std::string& host) {
              read_parsed(v, host, "a host", parse_host_field);
            }));
  });
}

}  // namespace wf::config
