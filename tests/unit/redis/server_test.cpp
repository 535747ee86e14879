// The client against a real redis-server: ordinary days.
#include "tests/support/redis_server.hpp"

#include <catch2/catch.hpp>

#include "proxy/redis/client.hpp"
#include "proxy/redis/script.hpp"
#include "proxy/redis/subscriber.hpp"
#include "tests/support/callers.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_calls.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using namespace std::chrono_literals;
using net::Task;

namespace {

Task<void> stores_and_reads(Loop& loop, config::Address address) {
  Client client{loop.executor(), loop.deadlines(), patient_settings(address)};
  client.start();
  const bool up = co_await client.wait_up(kPatient);
  REQUIRE(up);
  std::string value(300'000, '\0');
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 7);
  const Result<Reply> set = co_await ask(client, "SET", "k\r\n", value);
  CHECK(set->text() == "OK");
  const Result<Reply> got = co_await ask(client, "GET", "k\r\n");
  CHECK(got->text() == value);
  const Result<Reply> none = co_await ask(client, "GET", "nothing");
  CHECK(none->is_nil());
  const Result<Reply> wrong = co_await ask(client, "LPUSH", "k\r\n", "x");
  CHECK(is_rejection(wrong.error(), "WRONGTYPE"));
  const Result<Reply> names = co_await ask(client, "CLIENT", "GETNAME");
  CHECK(names->text() == "wf-test");
  co_await client.stop();
}

Task<void> many_at_once(Loop& loop, config::Address address) {
  Client client{loop.executor(), loop.deadlines(), patient_settings(address)};
  client.start();
  (void)co_await client.wait_up(kPatient);
  Callers callers{client, loop.executor()};
  for (int i = 0; i < 1000; ++i) callers.echo(std::string(static_cast<std::size_t>(i), 'x'));
  co_await callers.join();
  CHECK(callers.answered() == 1000);
  CHECK(client.counters().ok == 1000);
  co_await client.stop();
}

Task<void> runs_scripts(Loop& loop, const RedisServer& server) {
  Client client{loop.executor(), loop.deadlines(), patient_settings(server.address())};
  client.start();
  (void)co_await client.wait_up(kPatient);
  const Script script{"redis.call('SET', KEYS[1], ARGV[1]); return {KEYS[1], #ARGV, false}"};
  const std::array<std::string_view, 1> keys{"k"};
  const std::array<std::string_view, 2> args{"v", "w"};
  for (int i = 0; i < 2; ++i) {
    const Result<Reply> reply = co_await eval(client, script, keys, args);
    REQUIRE(reply);
    CHECK(*reply == Reply::array({Reply::bulk("k"), Reply::integer(2), Reply::nil()}));
    server.ask({"SCRIPT", "FLUSH"});
  }
  const Result<Reply> value = co_await ask(client, "GET", "k");
  CHECK(value->text() == "v");
  const Script broken{"return redis.call('NOSUCH')"};
  const Result<Reply> failed = co_await eval(client, broken, {}, {});
  CHECK(failed.error().code == ErrorCode::Rejected);
  co_await client.stop();
}

Task<void> authenticates(Loop& loop, const RedisServer& server) {
  Settings settings = patient_settings(server.address());
  settings.user = "warmfront";
  settings.password = "correct horse";
  settings.database = 5;
  Client client{loop.executor(), loop.deadlines(), settings};
  client.start();
  const bool up = co_await client.wait_up(kPatient);
  CHECK(up);
  const Result<Reply> set = co_await ask(client, "SET", "only-here", "x");
  CHECK(set);
  co_await client.stop();

  settings.database = 0;
  Client other{loop.executor(), loop.deadlines(), settings};
  other.start();
  (void)co_await other.wait_up(kPatient);
  const Result<Reply> elsewhere = co_await ask(other, "GET", "only-here");
  CHECK(elsewhere->is_nil());
  co_await other.stop();
}

Task<void> is_told_of_a_wrong_password(Loop& loop, const RedisServer& server) {
  Settings settings = patient_settings(server.address());
  settings.user = "warmfront";
  settings.password = "wrong horse";
  Flag told{loop.executor()};
  std::string why;
  Hooks hooks;
  hooks.on_link = [&](Link, const Error* error) {
    if (error != nullptr) why = to_string(*error);
    told.set();
  };
  Client client{loop.executor(), loop.deadlines(), settings, hooks};
  client.start();
  co_await told.wait();
  CHECK(why.find("AUTH: WRONGPASS") != std::string::npos);
  CHECK(why.find("horse") == std::string::npos);
  co_await client.stop();
}

Task<void> waits_for_a_stream(Loop& loop, const RedisServer& server) {
  Settings settings = patient_settings(server.address());
  settings.use = Use::Blocking;
  settings.liveness = liveness_for(Use::Blocking);
  Connection reader{loop.executor(), loop.deadlines(), settings};
  reader.start();
  (void)co_await reader.wait_up(kPatient);
  const std::vector<std::string_view> nothing{"XREAD", "BLOCK", "10", "STREAMS", "s", "0"};
  const Result<Reply> empty = co_await reader.command(nothing, kPatient);
  CHECK(empty->is_nil());

  std::optional<Result<Reply>> read;
  net::TaskGroup tasks{loop.executor(), [](std::string_view) {}};
  tasks.spawn(read_stream(reader, read));
  const bool waiting = co_await blocked_client(loop, server);
  CHECK(waiting);
  server.ask({"XADD", "s", "1-1", "field", "value"});
  co_await tasks.join();
  const auto entry = (*read)->elements()[0].elements()[1].elements()[0];
  CHECK(entry.elements()[0].text() == "1-1");
  CHECK(entry.elements()[1].elements()[1].text() == "value");
  co_await reader.stop();
}

Task<void> hears_messages(Loop& loop, const RedisServer& server) {
  Flag subscribed{loop.executor()};
  Flag heard{loop.executor()};
  std::vector<std::string> messages;
  Subscriber::Callbacks callbacks;
  callbacks.on_subscribed = [&subscribed](std::string_view) { subscribed.set(); };
  callbacks.on_message = [&](std::string_view channel, std::string_view payload) {
    messages.push_back(std::string{channel} + "=" + std::string{payload});
    heard.set();
  };
  Subscriber subscriber{loop.executor(), loop.deadlines(), patient_settings(server.address()),
                        callbacks};
  subscriber.subscribe("a");
  subscriber.start();
  co_await subscribed.wait();
  server.ask({"PUBLISH", "a", "one"});
  co_await heard.wait();

  server.ask({"CLIENT", "KILL", "TYPE", "pubsub"});
  co_await subscribed.wait();
  subscriber.subscribe("b");
  co_await subscribed.wait();
  server.ask({"PUBLISH", "b", "two"});
  co_await heard.wait();

  subscriber.unsubscribe("a");
  subscriber.subscribe("c");  // confirmed after the unsubscription was done
  co_await subscribed.wait();
  CHECK(server.ask({"PUBLISH", "a", "nobody"}).integer() == 0);
  CHECK(messages == std::vector<std::string>{"a=one", "b=two"});
  co_await subscriber.stop();
}

}  // namespace

TEST_CASE("values of any bytes are stored and read, over TCP and a unix socket") {
  const RedisServer server;
  for (const config::Address& address : {server.address(), server.unix_address()}) {
    Loop loop;
    loop.run(stores_and_reads(loop, address));
    server.ask({"FLUSHALL"});
  }
}

TEST_CASE("a thousand commands at once are answered, each its own") {
  const RedisServer server;
  Loop loop;
  loop.run(many_at_once(loop, server.address()));
}

TEST_CASE("scripts run, also after SCRIPT FLUSH", "[FM-13]") {
  const RedisServer server;
  Loop loop;
  loop.run(runs_scripts(loop, server));
}

TEST_CASE("an ACL user is authenticated and a database selected", "[FM-15]") {
  const RedisServer server;
  server.ask({"ACL", "SETUSER", "warmfront", "on", ">correct horse", "~*", "&*", "+@all"});
  Loop loop;
  loop.run(authenticates(loop, server));
  Loop another;
  another.run(is_told_of_a_wrong_password(another, server));
}

TEST_CASE("a blocking connection waits for a stream") {
  const RedisServer server;
  Loop loop;
  loop.run(waits_for_a_stream(loop, server));
}

TEST_CASE("a subscriber hears what is published, also after its link was cut", "[FM-17]") {
  const RedisServer server;
  Loop loop;
  loop.run(hears_messages(loop, server));
}
