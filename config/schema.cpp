#include "config/schema.hpp"

#include "config/address.hpp"
#include "config/names.hpp"
#include "config/network.hpp"
#include "config/scalars.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr unsigned kMostWorkers = 1024;
constexpr unsigned kMostPerSecond = 1'000'000;  // of one address; what is more is no limit
constexpr unsigned kFewestRemembered = 1024;

constexpr std::array<std::pair<std::string_view, CacheStatusDetail>, 3> kCacheStatus{
    {{"off", CacheStatusDetail::Off},
     {"brief", CacheStatusDetail::Brief},
     {"full", CacheStatusDetail::Full}}};

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLogLevels{
    {{"trace", LogLevel::Trace},
     {"debug", LogLevel::Debug},
     {"info", LogLevel::Info},
     {"warn", LogLevel::Warn},
     {"error", LogLevel::Error}}};

void read_workers(const Value& value, unsigned& out) {
  constexpr std::string_view kAuto = "auto";
  const auto text = value.text("auto or a whole number");
  if (!text) return;
  if (*text == kAuto) {
    out = 0;
    return;
  }
  const auto found = ascii::parse_uint(*text);
  if (!found || *found == 0 || *found > kMostWorkers) {
    return value.wrong_text(fmt::format("auto or a whole number from 1 to {}", kMostWorkers), *text,
                            suggestion(*text, std::array{kAuto}));
  }
  out = static_cast<unsigned>(*found);
}

void read_connections(const Value& value, std::optional<unsigned>& out) {
  out.reset();
  if (value.is_word("auto")) return;
  unsigned number = 0;
  read_number(value, number, {.least = 1});
  out = number;
}

void read_per_address(const Value& value, AddressLimits& out) {
  value.read_map("a map such as {requests_per_second: 100}", [&](Map& map) {
    map.get("connections", out.connections, number({}));
    map.get("requests_per_second", out.requests_per_second, number({.most = kMostPerSecond}));
    map.get("burst", out.burst, number({.least = 1, .most = kMostPerSecond}));
    map.get("remembered", out.remembered, number({.least = kFewestRemembered}));
  });
}

void read_upstreams(const Value& value, std::map<std::string, Upstream>& out) {
  value.read_map("a map from names to upstreams", [&](Map& map) {
    const auto entries = map.entries();
    if (entries.empty()) value.problem("must not be empty");
    for (const auto& [name, entry] : entries) {
      const auto checked = parse_name(name);
      if (!checked) entry.problem(checked.error().what);
      read(entry, out[name]);
    }
  });
}

}  // namespace

void read(const Value& value, Listener& out) {
  value.read_map("a map such as {address: \"0.0.0.0:8080\"}", [&](Map& map) {
    map.require("address", out.address, [](const Value& v, Address& address) {
      read_parsed(v, address, "host:port or unix:/path", parse_listen_address);
    });
    map.get("hosts", out.hosts, [](const Value& v, std::vector<std::string>& hosts) {
      read_texts(v, hosts, [](const std::string& text) { return parse_host(text, Wildcard::No); });
    });
    map.get("proxy_protocol", out.proxy_protocol);
  });
}

void read(const Value& value, std::vector<Network>& out) {
  const auto elements = value.list("a list of ranges such as [10.0.0.0/8]");
  if (!elements) return;
  out.clear();
  for (const Value& element : *elements) {
    read_parsed(element, out.emplace_back(), "an address or a range", parse_network);
  }
}

void read(const Value& value, ClientLimits& out) {
  constexpr auto kPositiveSize = [](const Value& v, Bytes& size) { read_positive(v, size); };
  constexpr auto kPositiveTime = [](const Value& v, milliseconds& t) { read_positive(v, t); };
  value.read_map("a map of limits", [&](Map& map) {
    map.get("request_line", out.request_line, kPositiveSize);
    map.get("field_line", out.field_line, kPositiveSize);
    map.get("header_block", out.header_block, kPositiveSize);
    map.get("fields", out.fields, number({.least = 1}));
    map.get("body", out.body);
    map.get("connections", out.connections, read_connections);
    map.get("header_timeout", out.header_timeout, kPositiveTime);
    map.get("body_timeout", out.body_timeout, kPositiveTime);
    map.get("body_rate", out.body_rate);
    map.get("write_timeout", out.write_timeout, kPositiveTime);
    map.get("write_rate", out.write_rate);
    map.get("idle_timeout", out.idle_timeout, kPositiveTime);
    map.get("requests_per_connection", out.requests_per_connection, number({}));
    map.get("per_address", out.per_address, read_per_address);
  });
}

void read(const Value& value, Log& out) {
  value.read_map("a map such as {level: info}", [&](Map& map) {
    map.get("level", out.level,
            [](const Value& v, LogLevel& level) { read_choice(v, level, kLogLevels); });
    map.get("access", out.access);
  });
}

void read(const Value& value, Config& out) {
  value.read_map("a map of settings", [&](Map& map) {
    map.get("listen", out.listen, [](const Value& v, std::vector<Listener>& listen) {
      read_list(v, listen, "a list of listeners",
                [](const Value& element, Listener& listener) { read(element, listener); });
    });
    map.get("admin", out.admin,
            [](const Value& v, std::optional<Admin>& admin) { read(v, admin); });
    map.get("workers", out.workers, read_workers);
    map.get("drain_timeout", out.drain_timeout);
    map.get("cache_status", out.cache_status, [](const Value& v, CacheStatusDetail& detail) {
      read_choice(v, detail, kCacheStatus);
    });
    map.get("via", out.via, [](const Value& v, std::string& via) {
      read_parsed(v, via, "a token",
                  [](const std::string& text) { return parse_token(text, "pseudonym"); });
    });
    map.get("trusted_proxies", out.trusted_proxies);
    map.get("limits", out.limits);
    map.get("log", out.log);
    map.get("process", out.process);
    map.get("store", out.store);
    map.require("upstreams", out.upstreams, read_upstreams);
    map.require("routes", out.routes, [](const Value& v, std::vector<Route>& routes) {
      read_list(v, routes, "a list of routes",
                [](const Value& element, Route& route) { read(element, route); });
    });
  });
}

}  // namespace wf::config
