#include "proxy/redis/subscriber.hpp"

#include <catch2/catch.hpp>

#include "tests/support/callers.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/loop.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using namespace std::chrono_literals;
using net::Task;

namespace {

std::string bulks(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) bytes += say_bulk(word).bytes;
  return bytes;
}

Answer confirm(const Words& words) {
  if (words.at(0) != "SUBSCRIBE") return FakeRedis::ordinary(words);
  std::string bytes;
  for (std::size_t i = 1; i < words.size(); ++i) {
    bytes += "*3\r\n$9\r\nsubscribe\r\n" + say_bulk(words[i]).bytes + ":1\r\n";
  }
  return say(bytes);
}

Settings settings_of(const FakeRedis& fake) {
  Settings settings;
  settings.address = fake.address();
  settings.connect_timeout = 5s;
  return settings;
}

Task<void> subscribes_again(Loop& loop) {
  FakeRedis fake{loop.executor()};
  fake.script(&confirm);
  Flag first{loop.executor()};
  Flag again{loop.executor()};
  Flag heard{loop.executor()};
  std::vector<std::string> confirmed;
  std::vector<std::string> messages;
  Subscriber::Callbacks callbacks;
  callbacks.on_subscribed = [&](std::string_view channel) {
    confirmed.emplace_back(channel);
    if (confirmed.size() == 2) first.set();
    if (confirmed.size() == 4) again.set();
  };
  callbacks.on_message = [&](std::string_view channel, std::string_view payload) {
    messages.push_back(std::string{channel} + "=" + std::string{payload});
    heard.set();
  };
  Subscriber subscriber{loop.executor(), loop.deadlines(), settings_of(fake), callbacks};
  subscriber.subscribe("a");
  subscriber.subscribe("b");
  subscriber.subscribe("a");
  subscriber.start();
  co_await first.wait();
  fake.push(bulks({"message", "a", "one"}));
  co_await heard.wait();
  fake.drop_all();
  co_await again.wait();
  fake.push(bulks({"message", "b", "two"}));
  co_await heard.wait();
  CHECK(confirmed == std::vector<std::string>{"a", "b", "a", "b"});
  CHECK(messages == std::vector<std::string>{"a=one", "b=two"});
  CHECK(fake.accepted() == 2);
  co_await subscriber.stop();
  co_await fake.stop();
}

Task<void> notices_silence(Loop& loop) {
  FakeRedis fake{loop.executor()};
  // Answers the greeting; later PINGs, those of a subscriber, are swallowed.
  fake.script([&fake](const Words& words) {
    return fake.seen_of("SUBSCRIBE") > 0 && fake.accepted() == 1 ? hang() : confirm(words);
  });
  Flag lost{loop.executor()};
  Error why;
  Subscriber::Callbacks callbacks;
  callbacks.on_link = [&](Link link, const Error* error) {
    if (link != Link::Down) return;
    why = *error;
    lost.set();
  };
  Subscriber subscriber{loop.executor(), loop.deadlines(), settings_of(fake), callbacks};
  subscriber.subscribe("a");
  subscriber.start();
  co_await lost.wait();
  CHECK(why.code == ErrorCode::Timeout);
  co_await subscriber.stop();
  co_await fake.stop();
}

}  // namespace

TEST_CASE("messages arrive, and after a loss the channels are subscribed again") {
  Loop loop;
  loop.run(subscribes_again(loop));
}

TEST_CASE("a subscriber notices that its link is dead", "[FM-17]") {
  Loop loop;
  loop.run(notices_silence(loop));
}
