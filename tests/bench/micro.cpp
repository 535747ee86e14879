// What the steps of a hit cost by themselves. Built by `cmake --build --preset release --target
// bench_micro` where Google Benchmark is installed; figures are for comparing two builds.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "proxy/cache/memory_store.hpp"
#include "proxy/cache/record_codec.hpp"
#include "proxy/invalidation/purge_table.hpp"
#include "proxy/message/reader.hpp"
#include "proxy/policy/facts.hpp"
#include "proxy/policy/key.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/policy/route.hpp"

namespace {

using namespace wf;

constexpr UnixTime kNow{Millis{1'700'000'000'000}};
constexpr std::size_t kKeys = 20'000;

const std::string kPlain = "GET /analyses/4711?page=2 HTTP/1.1\r\nHost: example.org:8080\r\n\r\n";
const std::string kBrowser =
    "GET /analyses/4711?page=2 HTTP/1.1\r\nHost: example.org:8080\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
    "Referer: http://example.org/analyses?page=2\r\nDNT: 1\r\nConnection: keep-alive\r\n"
    "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: same-origin\r\nPriority: u=1\r\n\r\n";

std::string key_of(std::size_t number) {
  std::string key;
  const std::string path = "/analyses/" + std::to_string(number);
  policy::KeyParts parts;
  parts.scheme = "http";
  parts.host = "example.org:8080";
  parts.path = path;
  policy::append_key(parts, {}, key);
  return key;
}

cache::RecordPtr record_of(std::size_t number, const cache::Stamp& as_of = {}) {
  cache::Draft record;
  record.key = key_of(number);
  record.facts.born = kNow;
  record.facts.lifetime = Millis{3'600'000};
  record.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n";
  record.body = {Chunk::copy_of(std::string(1024, 'x'))};
  record.body_size = 1024;
  record.as_of = as_of;
  return cache::Record::make(std::move(record));
}

/// Head, facts, key: everything before the look-up.
void parse_to_key(benchmark::State& state, const std::string& bytes) {
  message::RequestReader reader{message::RequestRules{}};
  std::string key;
  for (auto _ : state) {
    if (!*reader.read_head(bytes)) state.SkipWithError("not a whole head");
    const message::RequestHead& head = reader.head();
    const auto facts = policy::request_facts(head.method, head.fields, head.has_body());
    benchmark::DoNotOptimize(facts);
    policy::KeyParts parts;
    parts.scheme = "http";
    parts.host = head.host.authority;
    parts.path = head.target.path;
    parts.query = head.target.query;
    parts.has_query = head.target.has_query;
    key.clear();
    policy::append_key(parts, {}, key);
    benchmark::DoNotOptimize(key);
    reader.reset();
  }
}
BENCHMARK_CAPTURE(parse_to_key, plain, kPlain);
BENCHMARK_CAPTURE(parse_to_key, browser, kBrowser);

void route(benchmark::State& state) {
  auto config = std::make_shared<config::Config>();
  for (const char* path : {"/analyses/{id}", "/analyses", "/users/{id}/**", "/**"}) {
    config::Route& added = config->routes.emplace_back();
    added.name = path;
    added.match.path = path;
  }
  const policy::RouteTable table{config};
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.match("example.org", "GET", "/analyses/4711"));
  }
}
BENCHMARK(route);

void find_in_memory(benchmark::State& state) {
  cache::MemoryStore store{256_MiB};
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < kKeys; ++i) {
    const auto record = record_of(i);
    store.insert(cache::lookup_key(record->key()), record, kNow + Millis{3'600'000});
    keys.emplace_back(record->key());
  }
  std::size_t at = 0;
  for (auto _ : state) {
    at = (at * 5 + 4711) % kKeys;
    benchmark::DoNotOptimize(store.find(cache::lookup_key(keys[at]), kNow));
  }
}
BENCHMARK(find_in_memory);

void encode_record(benchmark::State& state) {
  const auto record = record_of(1);
  for (auto _ : state) benchmark::DoNotOptimize(cache::encode(*record));
}
BENCHMARK(encode_record);

/// The copy stands for the reply of Redis, which is moved in.
void decode_record(benchmark::State& state) {
  const std::string bytes = cache::encode(*record_of(1));
  for (auto _ : state) benchmark::DoNotOptimize(cache::decode(bytes));
}
BENCHMARK(decode_record);

/// With purges known that do not match; `checked` is what spares the look-up of selectors.
void purge_check(benchmark::State& state, bool checked) {
  invalidation::PurgeTable table{Millis{3'600'000}};
  table.reload({{7}, {1, 0}}, table.fresh_index());
  for (std::size_t i = 1; i <= 1000; ++i) {
    const std::vector<invalidation::Selector> selectors{"k:" + std::to_string(i)};
    table.apply({{7}, {2, i}}, selectors);
  }
  const auto record = record_of(1, {{7}, {3, 0}});
  for (auto _ : state) {
    if (!checked) record->checked.store(0, std::memory_order_relaxed);
    benchmark::DoNotOptimize(table.valid(*record));
  }
}
BENCHMARK_CAPTURE(purge_check, usual, true);
BENCHMARK_CAPTURE(purge_check, first, false);

void freshness(benchmark::State& state) {
  const auto record = record_of(1);
  policy::RequestFacts request;
  request.method = policy::Method::Get;
  for (auto _ : state) {
    benchmark::DoNotOptimize(policy::judge(record->facts, request, kNow + Millis{1000}));
  }
}
BENCHMARK(freshness);

}  // namespace

BENCHMARK_MAIN();
