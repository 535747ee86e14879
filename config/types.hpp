// Every setting, with its unit and default. Plain data: no reading, no checking here.
// `proxy.yaml` at the top of the repository documents the same keys; a test keeps the two equal.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/units.hpp"

namespace wf::config {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// Where to listen or connect: a TCP host and port, or the path of a unix socket.
struct Address {
  std::string host;        ///< name or literal address; empty for a unix socket
  std::uint16_t port = 0;  ///< 0 lets the kernel choose (tests)
  std::string unix_path;   ///< empty for TCP
  bool operator==(const Address&) const = default;
};

/// A range of addresses: 10.0.0.0/8, 2001:db8::/32.
struct Network {
  std::array<std::uint8_t, 16> address{};  ///< IPv4 as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2)
  unsigned bits = 128;                     ///< of the prefix, within the sixteen bytes
  bool operator==(const Network&) const = default;
};
constexpr Network kLoopback4{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 0}, 104};
constexpr Network kLoopback6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};

struct Listener {
  Address address{"0.0.0.0", 8080, {}};
  /// Accepted Host values, lower-case, without port; empty: any. Others are answered 421.
  std::vector<std::string> hosts;
  /// Connections from here begin with a PROXY protocol header (v1 or v2), all others with a
  /// request. On a unix socket: all connections do, if anything is listed.
  std::vector<Network> proxy_protocol;
  bool operator==(const Listener&) const = default;
};

/// What the Cache-Status field (RFC 9211) tells clients.
enum class CacheStatusDetail : std::uint8_t { Off, Brief, Full };

/// What one client may take. An IPv6 client counts by its /64, which is what one gets.
struct AddressLimits {
  unsigned connections = 0;          ///< at a time; more are closed as they come; 0: no limit
  unsigned requests_per_second = 0;  ///< more: 429; 0: no limit
  unsigned burst = 100;              ///< so many may come at once, at least 1
  unsigned remembered = 65536;       ///< addresses: bounds the memory that all this takes
  bool operator==(const AddressLimits&) const = default;
};

/// Limits and timeouts towards clients (design: FRONT rules F6, fault rows FM-30, FM-31).
struct ClientLimits {
  Bytes request_line = 8192_B;  ///< longer: 414
  Bytes field_line = 8192_B;    ///< longer: 431
  Bytes header_block = 32_KiB;  ///< longer: 431
  unsigned fields = 100;        ///< more: 431
  std::optional<Bytes> body;    ///< larger: 413; absent: no limit
  /// Of the process; more are closed as they come. Absent: what the limit of open files allows.
  std::optional<unsigned> connections;
  milliseconds header_timeout = 10s;     ///< for a whole head, from its first byte: 408
  milliseconds body_timeout = 10s;       ///< how long a body is waited for: 408; see body_rate
  Bytes body_rate = 1_KiB;               ///< per second; so many bytes buy a second; 0: any buy all
  milliseconds write_timeout = 30s;      ///< how long a reader is waited for; see write_rate
  Bytes write_rate = 1_KiB;              ///< per second, as body_rate, for who reads an answer
  milliseconds idle_timeout = 60s;       ///< of a kept-alive connection between requests
  unsigned requests_per_connection = 0;  ///< 0: no limit
  AddressLimits per_address;
  bool operator==(const ClientLimits&) const = default;
};

/// Purges, metrics and health, on a listener of their own (front SEC-12).
struct Admin {
  Address address{"127.0.0.1", 9180, {}};
  std::string token;  ///< of `Authorization: Bearer`; empty: none is asked for. Never logged
  std::vector<Network> allow{kLoopback4, kLoopback6};  ///< of clients; others get 403
  bool operator==(const Admin&) const = default;
};

enum class LogLevel : std::uint8_t { Trace, Debug, Info, Warn, Error };

struct Log {
  LogLevel level = LogLevel::Info;
  std::string access = "stdout";  ///< "off", "stdout" or the path of a file; one JSON line each
  bool operator==(const Log&) const = default;
};

/// A filter of system calls around the running process.
enum class Sandbox : std::uint8_t {
  Auto,  ///< on, where the kernel can
  On,    ///< what is not in the list is refused; or the process does not start
  Kill,  ///< the same, but ends the process
  Off,
};

/// What the process gives up once its sockets are bound, before it accepts.
struct Process {
  std::optional<std::string> user;   ///< name or number; only root can change. Absent: as started
  std::optional<std::string> group;  ///< absent: the user's
  Sandbox sandbox = Sandbox::Auto;
  bool core_dumps = false;  ///< true: as the system likes; they hold secrets
  bool operator==(const Process&) const = default;
};

struct MemoryStore {
  Bytes size = 256_MiB;  ///< heads, bodies and index together; 0: off
  /// Of a larger body only the beginning is kept in memory. Absent: 1 MiB with Redis, else any.
  std::optional<Bytes> max_object_size;
  bool operator==(const MemoryStore&) const = default;
};

/// What an answer may come from while Redis is down (design §8).
enum class OnDown : std::uint8_t { Memory, Origin, Fail };

enum class RedisKind : std::uint8_t {
  Server,    ///< one server: `redis://`, `unix://`
  Sentinel,  ///< the master that Sentinel names: `redis+sentinel://`
  Cluster,   ///< `redis+cluster://`
};

/// TLS towards Redis.
struct RedisTls {
  std::optional<std::string> ca;           ///< file of trusted authorities (PEM); absent: system's
  std::optional<std::string> certificate;  ///< ours (PEM), where Redis asks for one
  std::optional<std::string> key;          ///< its private key (PEM)
  std::optional<std::string> server_name;  ///< expected of Redis; absent: the host connected to
  bool verify = true;                      ///< false: anybody may sit in between
  bool operator==(const RedisTls&) const = default;
};

/// As whom Sentinel itself is asked.
struct SentinelLogin {
  std::optional<std::string> user;
  std::optional<std::string> password;  ///< never logged
  bool operator==(const SentinelLogin&) const = default;
};

/// Where a Cluster's records are read.
enum class ReadFrom : std::uint8_t { Master, Replica };

struct RedisStore {
  RedisKind kind = RedisKind::Server;
  Address address{"127.0.0.1", 6379, {}};  ///< of one server
  std::vector<Address> nodes;              ///< the Sentinels, or nodes of the Cluster to begin with
  std::string master;                      ///< the name that Sentinel knows it by
  bool uses_tls = false;                   ///< `rediss://`
  RedisTls tls;
  SentinelLogin sentinel;
  ReadFrom read_from = ReadFrom::Master;
  std::string user;      ///< ACL user; empty: default
  std::string password;  ///< never logged
  unsigned database = 0;
  std::string prefix = "wf";          ///< several systems can share one Redis
  milliseconds timeout = 50ms;        ///< of one command
  milliseconds connect_timeout = 1s;  ///< TCP, TLS, AUTH and SELECT together
  OnDown on_down = OnDown::Memory;
  milliseconds on_down_grace = 10s;  ///< how long `memory` trusts L1 without Redis
  /// For so long after it last heard of Redis a proxy trusts what it knows of purges.
  milliseconds lease = 2s;
  milliseconds coherence_timeout = 5s;  ///< a purge does not wait longer for the fleet
  bool operator==(const RedisStore&) const = default;
};

struct Store {
  MemoryStore memory;
  std::optional<RedisStore> redis;   ///< absent: memory alone
  Bytes max_object_size = 8_MiB;     ///< larger bodies are passed through, not stored
  milliseconds lock_lease = 2s;      ///< of the fleet lock; renewed at a third of it
  milliseconds lock_wait = 5s;       ///< after it a waiter goes to the origin without storing
  milliseconds max_lifetime = 168h;  ///< upper bound of fresh plus stale time of any record
  bool operator==(const Store&) const = default;
};

/// One server of an upstream. Only the `http` scheme; unix sockets as `unix:/path`.
struct Server {
  Address address;
  bool operator==(const Server&) const = default;
};

/// Limits on what an origin may send are those of ClientLimits' defaults (rule R6).
struct Upstream {
  std::vector<Server> servers;  ///< at least one
  milliseconds connect_timeout = 1s;
  milliseconds response_timeout = 30s;  ///< from the request's end to the whole answer head: 504
  milliseconds read_timeout = 10s;      ///< between two reads of an answer body
  milliseconds write_timeout = 30s;     ///< between two writes of a request
  milliseconds idle_timeout = 60s;      ///< of a pooled connection
  unsigned max_idle = 256;              ///< pooled connections per worker and server
  unsigned max_connections = 256;       ///< per worker; above it 503
  milliseconds resolve_interval = 30s;  ///< names are looked up again after this
  milliseconds fail_timeout = 5s;       ///< a server that refused is left out this long
  std::optional<std::string> host;      ///< Host sent to the origin; absent: the client's
  bool operator==(const Upstream&) const = default;
};

/// Which query parameters are part of the key. What is not keyed is not sent either.
struct QueryRule {
  std::optional<std::vector<std::string>> include;  ///< only these; excludes `exclude`
  std::vector<std::string> exclude;
  bool sort = true;
  bool operator==(const QueryRule&) const = default;
};

/// What a request's Cookie means for the cache.
struct CookieRule {
  enum class Mode : std::uint8_t {
    Bypass,  ///< neither looked up nor stored
    Ignore,  ///< stripped before forwarding
    Key,     ///< the named ones are keyed, the others stripped
  };
  Mode mode = Mode::Bypass;
  std::vector<std::string> names;  ///< for Key
  bool operator==(const CookieRule&) const = default;
};

/// What a response's Set-Cookie means for the cache.
enum class SetCookieRule : std::uint8_t {
  Bypass,  ///< a response that sets a cookie is not stored
  Store,   ///< stored as any other (RFC 6265 and 9111 §7.3 allow it)
  Strip,   ///< removed before storing and answering
};

/// Directives of the origin that a route chooses to disregard.
struct IgnoreOrigin {
  bool no_store = false;
  bool private_ = false;
  bool no_cache = false;
  bool operator==(const IgnoreOrigin&) const = default;
};

/// How a route's bodies are written to Redis.
enum class Compress : std::uint8_t { Off, Zstd };

/// What a route's answers may take of the memory of this process.
struct RouteMemory {
  std::optional<Bytes> max_object_size;  ///< absent: the store's; 0: only the beginning of each
  bool operator==(const RouteMemory&) const = default;
};

/// A route's caching rules (design §4). A route without it is passed through.
struct Cache {
  std::optional<milliseconds> ttl;           ///< when the origin states no explicit freshness
  std::optional<milliseconds> ttl_override;  ///< wins over the origin's Cache-Control
  std::optional<milliseconds> min_ttl;
  std::optional<milliseconds> max_ttl;
  std::optional<milliseconds> stale_while_revalidate;  ///< absent: what the origin says
  std::optional<milliseconds> stale_if_error;          ///< absent: what the origin says
  milliseconds grace = 0ms;     ///< kept this long after going stale, for revalidation
  unsigned jitter_percent = 0;  ///< the lifetime is shortened by up to this share, by chance
  unsigned early_refresh = 0;   ///< percent of the lifetime, its last: a hit then starts a refresh
  std::map<unsigned, milliseconds> negative;  ///< status → ttl, when nothing explicit is said
  IgnoreOrigin ignore_origin;
  SetCookieRule set_cookie = SetCookieRule::Bypass;
  CookieRule cookies;
  QueryRule query;
  std::vector<std::string> key_headers;      ///< request fields that are part of the key
  std::vector<std::string> forward_headers;  ///< unkeyed fields let through although known for
                                             ///< cache poisoning (FRONT SEC-01)
  std::vector<std::string> tags;             ///< templates
  std::vector<std::string> hide_tags;  ///< response fields kept from clients, as in kTagFields
  unsigned max_variants = 16;
  std::optional<Bytes> max_object_size;  ///< absent: the store's
  RouteMemory memory;
  Compress compress = Compress::Off;  ///< of large bodies at rest in Redis
  bool operator==(const Cache&) const = default;
};

/// Whom a purge waits for before it returns (design §7).
enum class Wait : std::uint8_t {
  Fleet,  ///< until every proxy has applied it or has lost its lease
  None,   ///< nobody
};

/// Response fields that hold tags.
constexpr std::array<std::string_view, 3> kTagFields{"Cache-Tag", "Surrogate-Key", "Cache-Groups"};

/// What else a successful PUT, POST, PATCH or DELETE on the route invalidates. Templates: their
/// names are path parameters, or members of query, header, request or response:
/// "/users/{user_id}/analyses", "list:{response.user_id}".
struct Invalidate {
  std::vector<std::string> tags;
  std::vector<std::string> paths;     ///< exact paths, with every query
  std::vector<std::string> prefixes;  ///< of paths
  std::vector<std::string> patterns;  ///< globs over path and query
  Wait wait = Wait::Fleet;            ///< before the answer to the write goes on
  bool operator==(const Invalidate&) const = default;
};

struct Match {
  std::string path = "/**";          ///< template: literals, {name} for one segment, ** at the end
  std::vector<std::string> methods;  ///< empty: any usual one (FRONT F8)
  std::vector<std::string> hosts;    ///< lower-case, without port; "*.example.com"; empty: any
  bool operator==(const Match&) const = default;
};

struct Route {
  std::string name;  ///< for logs and metrics; must be unique
  Match match;
  std::string upstream;
  std::optional<Cache> cache;
  Invalidate invalidate;
  bool upgrade = false;         ///< WebSocket and other Upgrades are tunnelled
  bool allow_get_body = false;  ///< GET, HEAD, DELETE with a body: forwarded, never cached (F9)
  bool operator==(const Route&) const = default;
};

struct Config {
  std::vector<Listener> listen{Listener{}};
  std::optional<Admin> admin;        ///< absent: none
  unsigned workers = 0;              ///< 0 (`auto`): one per core
  milliseconds drain_timeout = 30s;  ///< after SIGTERM
  CacheStatusDetail cache_status = CacheStatusDetail::Full;
  std::string via = "warmfront";  ///< pseudonym in Via and Cache-Status
  /// Whose X-Forwarded-For or Forwarded says who the client is. A unix socket's peers are among
  /// them if anything is listed.
  std::vector<Network> trusted_proxies;
  ClientLimits limits;
  Log log;
  Process process;
  Store store;
  std::map<std::string, Upstream> upstreams;
  std::vector<Route> routes;  ///< first match wins
  bool operator==(const Config&) const = default;
};

}  // namespace wf::config
