// What the fault proxy promises to tests that stand on it.

#include <catch2/catch.hpp>

#include <chrono>

#include "tests/fault_proxy/fault_proxy.hpp"
#include "tests/support/tcp_client.hpp"

namespace wf::fault {

namespace {

using namespace std::chrono_literals;
using test::RawSocket;
using test::TcpClient;

/// Answers every connection with what it sent, until it ends; all at the same time.
class Echo {
 public:
  Echo() : listener_(RawSocket::listen_tcp("127.0.0.1", 0, 16)), thread_([this] { run(); }) {}
  ~Echo() {
    listener_.shut_down();
    thread_.join();
    for (std::thread& each : connections_) each.join();
  }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;
  [[nodiscard]] config::Address address() const { return {"127.0.0.1", listener_.port(), {}}; }

 private:
  void run() {
    for (;;) {
      RawSocket peer{::accept(listener_.fd(), nullptr, nullptr)};
      if (!peer.is_open()) return;
      connections_.emplace_back(serve, std::move(peer));
    }
  }
  static void serve(const RawSocket& peer) {
    for (std::string bytes; peer.read_some(bytes); bytes.clear()) {
      if (!peer.write(bytes)) break;
    }
  }
  RawSocket listener_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

TimePoint at(int ms) { return TimePoint{} + milliseconds{ms}; }

/// All that has become due, as one text.
std::string drain(Pipe& pipe, TimePoint now) {
  std::string all;
  for (std::string_view bytes = pipe.ready(now); !bytes.empty(); bytes = pipe.ready(now)) {
    all += bytes;
    pipe.pop(bytes.size());
  }
  return all;
}

/// Of a line that is right.
Command command(const char* line) {
  const auto parsed = parse_command(line);
  REQUIRE(parsed.has_value());
  return *parsed;
}

Faults with(const char* line) { return changed({}, std::get<Change>(command(line))); }

}  // namespace

TEST_CASE("commands are read, and what is wrong with them is said") {
  CHECK(with("delay 20ms").delay == 20ms);
  CHECK(with("  jitter  5ms ").jitter == 5ms);
  CHECK(with("rate 64KiB").rate == 65536);
  CHECK(with("swallow").swallow);
  CHECK(with("cut 10").cut_after == 10U);
  CHECK(with("flip 3").flip == 3U);
  CHECK(std::get<Change>(command("delay 1s up")).direction == Direction::Up);
  CHECK(std::get<HalfClose>(command("half-close down")).direction == Direction::Down);
  CHECK(std::get<Stall>(command("stall 2")).place == 2);
  CHECK(std::get<Stall>(command("stall log-link")).greeting == "log-link");
  for (const char* line : {"clear", "reset", "refuse", "accept"})
    CHECK(parse_command(line).has_value());
  for (const char* line :
       {"", "delay", "delay 20", "cut 0", "rate x", "delay 1s sideways", "swallow up up", "stall",
        "stall a b", "clear now", "dealy 1s", "half-close 3"}) {
    INFO(line);
    const auto refused = parse_command(line);
    REQUIRE_FALSE(refused.has_value());
    CHECK(!refused.error().what.empty());
  }
}

TEST_CASE("a pipe holds bytes back, in order") {
  Pipe pipe;
  pipe.push("a", at(0), with("delay 20ms"), 0.5);
  pipe.push("b", at(1), {}, 0.5);  // later, without a delay: still not before
  CHECK(pipe.ready(at(19)).empty());
  CHECK(pipe.next() == at(20));
  CHECK(pipe.held() == 2);
  CHECK(drain(pipe, at(20)) == "ab");
  CHECK(pipe.next() == std::nullopt);
}

TEST_CASE("a pipe's rate is a rate") {
  Pipe pipe;
  for (int i = 0; i < 3; ++i) pipe.push(std::string(100, 'x'), at(0), with("rate 1kB"), 0);
  CHECK(drain(pipe, at(99)) == "");
  CHECK(drain(pipe, at(1000)).size() == 300);
}

TEST_CASE("a pipe flips the bits that it was told to, and swallows") {
  Pipe pipe;
  pipe.push("aaaa", at(0), with("flip 3"), 0);
  pipe.push("aaaa", at(0), with("flip 3"), 0);
  CHECK(drain(pipe, at(0)) == "aaqaaqaa");
  pipe.push("gone", at(0), with("swallow"), 0);
  CHECK(pipe.held() == 0);
}

TEST_CASE("a sound link passes everything both ways, and its end") {
  Echo echo;
  FaultProxy proxy{echo.address()};
  const std::string much(3'000'000, 'z');
  TcpClient client{proxy.port()};
  std::thread sender{[&] { client.send(much + "!"); }};
  CHECK(client.read_until("!").size() == much.size() + 1);
  sender.join();
  CHECK(proxy.open() == 1);
}

TEST_CASE("a delay is felt, and ends with clear") {
  Echo echo;
  FaultProxy proxy{echo.address()};
  TcpClient client{proxy.port()};
  proxy.apply("delay 30ms");
  const auto began = std::chrono::steady_clock::now();
  client.send("ping");
  CHECK(client.read_until("ping") == "ping");
  CHECK(std::chrono::steady_clock::now() - began >= 60ms);
  proxy.apply(Clear{});
  client.send("pong");
  CHECK(client.read_until("pong") == "pong");
}

TEST_CASE("a connection is cut after so many bytes, with a reset") {
  Echo echo;
  FaultProxy proxy{echo.address()};
  TcpClient client{proxy.port()};
  proxy.apply("cut 4 down");
  client.send("123456");
  CHECK(client.read_to_end().size() <= 4);  // a reset may overtake what was sent before it
  CHECK(client.was_reset());
}

TEST_CASE("connections are stalled by what they say at first, those to come as well") {
  Echo echo;
  FaultProxy proxy{echo.address()};
  TcpClient named{proxy.port()};
  TcpClient other{proxy.port()};
  for (TcpClient* client : {&named, &other}) {
    const std::string greeting = client == &named ? "I am log-link." : "I am another.";
    client->send(greeting);
    CHECK(client->read_until(".") == greeting);
  }
  proxy.apply("stall log-link");
  TcpClient late{proxy.port()};
  late.send("also log-link.");
  named.send("gone");
  other.send("passes.");
  CHECK(other.read_until("passes.") == "passes.");
  TcpClient third{proxy.port()};
  third.send("passes.");  // the relay has had its turn with those before
  CHECK(third.read_until("passes.") == "passes.");
  CHECK_FALSE(named.readable());
  CHECK_FALSE(late.readable());
  proxy.apply("clear");
  TcpClient again{proxy.port()};
  again.send("log-link again.");
  CHECK(again.read_until("again.") == "log-link again.");
}

TEST_CASE("connections are reset, refused, and taken again") {
  Echo echo;
  FaultProxy proxy{echo.address()};
  {
    TcpClient client{proxy.port()};
    client.send("a");
    CHECK(client.read_until("a") == "a");
    proxy.apply(Refuse{});
    CHECK_FALSE(TcpClient::reachable(proxy.port()));
    proxy.apply(Reset{});
    CHECK(client.read_to_end() == "");
    CHECK(client.was_reset());
  }
  proxy.apply(Accept{});
  TcpClient again{proxy.port()};
  again.send("b");
  CHECK(again.read_until("b") == "b");
}

}  // namespace wf::fault
