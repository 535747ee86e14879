#include "tests/fleet/planted.hpp"

#include <array>
#include <stdexcept>

#include "proxy/base/clock.hpp"
#include "proxy/cache/lock_token.hpp"
#include "proxy/cache/record_codec.hpp"
#include "proxy/cache/redis_keys.hpp"
#include "proxy/policy/key.hpp"
#include "proxy/redis/command.hpp"
#include "tests/walk/http_client.hpp"
#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

constexpr std::size_t kBody = 200;
constexpr std::size_t kPerWrite = 500;
constexpr std::string_view kOk = "+OK\r\n";

std::string key_of(std::size_t number) {
  const std::string path = "/r/" + std::to_string(number);
  policy::KeyParts parts;
  parts.name_space = "all";
  parts.scheme = "http";
  parts.host = HttpClient::kHost;
  parts.path = path;
  std::string key;
  policy::append_key(parts, {}, key);
  return key;
}

/// Name and value of a record in Redis.
struct Stored {
  std::string name;
  std::string value;
};

Stored record_of(std::size_t number, const cache::Stamp& as_of, UnixTime now) {
  static const auto keys = cache::RedisKeys::with_prefix(config::RedisStore{}.prefix).value();
  cache::Draft record;
  record.key = key_of(number);
  record.id = cache::new_entity_id();
  record.as_of = as_of;
  record.facts.born = now;
  record.facts.lifetime = std::chrono::hours{1};
  record.tags = {"all", "r:" + std::to_string(number)};
  record.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n";
  record.body = {Chunk::copy_of(std::string(kBody, 'r'))};
  record.body_size = kBody;
  return {keys.record(cache::slot_of(record.key, {})), cache::encode(*cache::Record::make(record))};
}

}  // namespace

void plant(const RedisServer& redis, const Planting& what) {
  const UnixTime now = SystemClock{}.wall();
  const RawSocket socket = connect_to(redis.address());
  std::string commands;
  std::string replies;
  for (std::size_t done = 0; done < what.count;) {
    commands.clear();
    const std::size_t batch = std::min(kPerWrite, what.count - done);
    for (std::size_t i = 0; i < batch; ++i) {
      const Stored record = record_of(what.from + done + i, what.as_of, now);
      const std::array<std::string_view, 5> words{"SET", record.name, record.value, "PX",
                                                  "3600000"};
      redis::append_command(commands, words);
    }
    replies.clear();
    bool sound = socket.write(commands);
    while (sound && replies.size() < batch * kOk.size()) sound = socket.read_some(replies);
    if (!sound || replies.find('-') != std::string::npos) {
      throw std::runtime_error("Redis takes no records: " + replies.substr(0, 200));
    }
    done += batch;
  }
}

}  // namespace wf::test
