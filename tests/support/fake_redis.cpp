#include "fake_redis.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "proxy/redis/reply_reader.hpp"

namespace wf::test {

namespace asio = net::asio;

Answer say(std::string bytes) { return {std::move(bytes), Answer::Then::Go}; }
Answer say_status(std::string_view text) { return say("+" + std::string{text} + "\r\n"); }
Answer say_error(std::string_view text) { return say("-" + std::string{text} + "\r\n"); }
Answer say_bulk(std::string_view bytes) {
  return say("$" + std::to_string(bytes.size()) + "\r\n" + std::string{bytes} + "\r\n");
}
Answer hang() { return {}; }
Answer close_after(std::string bytes) { return {std::move(bytes), Answer::Then::Close}; }
Answer reset_after(std::string bytes) { return {std::move(bytes), Answer::Then::Reset}; }

namespace {

template <class Socket>
void reset(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger{true, 0}, ignored);
  socket.close(ignored);
}

Words words_of(redis::Reply command) {
  Words words;
  for (redis::Reply& word : std::move(command).take_elements()) {
    words.push_back(std::move(word).take_text());
  }
  return words;
}

}  // namespace

FakeRedis::FakeRedis(net::Executor executor)
    : executor_(executor),
      acceptor_(executor),
      script_(&FakeRedis::ordinary),
      tasks_(executor, [](std::string_view what) { throw std::runtime_error(std::string{what}); }) {
  listen();
}

FakeRedis::~FakeRedis() = default;

Answer FakeRedis::ordinary(const Words& words) {
  if (words.at(0) == "PING") return say_status("PONG");
  if (words.at(0) == "ECHO") return say_bulk(words.at(1));
  if (words.at(0) == "AUTH" || words.at(0) == "SELECT" || words.at(0) == "CLIENT") {
    return say_status("OK");
  }
  return say_error("ERR unknown command '" + words.at(0) + "'");
}

void FakeRedis::listen() {
  acceptor_.open(tcp::v4());
  acceptor_.set_option(asio::socket_base::reuse_address{true});
  acceptor_.bind({asio::ip::address_v4::loopback(), port_});
  acceptor_.listen();
  port_ = acceptor_.local_endpoint().port();
  tasks_.spawn(accept_loop());
}

net::Task<void> FakeRedis::accept_loop() {
  for (;;) {
    auto [error, peer] = co_await acceptor_.async_accept(net::kTuple);
    if (error) co_return;
    ++accepted_;
    peer.set_option(tcp::no_delay{true});
    peers_.push_back(std::make_shared<Socket>(std::move(peer)));
    tasks_.spawn(serve(peers_.back()));
  }
}

net::Task<void> FakeRedis::serve(std::shared_ptr<Socket> peer) {
  co_await converse(*peer);
  boost::system::error_code ignored;
  peer->close(ignored);
  std::erase(peers_, peer);
}

net::Task<void> FakeRedis::converse(Socket& peer) {
  redis::ReplyReader reader;  // a command has the form of a reply: an array of strings
  std::vector<char> buffer(256 * 1024);
  for (;;) {
    const auto [error, size] = co_await peer.async_read_some(asio::buffer(buffer), net::kTuple);
    if (error) co_return;
    ++reads_;
    const Result<void> fed = reader.feed({buffer.data(), size});
    if (!fed) co_return;
    for (;;) {
      auto command = reader.next();
      if (!command) co_return;
      if (!command->has_value()) break;
      seen_.push_back(words_of(std::move(**command)));
      const Script script = script_;  // it may set another one while it runs
      Answer answer = script(seen_.back());
      const bool go_on = co_await obey(peer, std::move(answer));
      if (!go_on) co_return;
    }
  }
}

net::Task<bool> FakeRedis::obey(Socket& peer, Answer answer) {
  const bool sent = co_await send(peer, answer.bytes);
  if (!sent) co_return false;
  switch (answer.then) {
    case Answer::Then::Go:
      break;
    case Answer::Then::Close:
      co_return false;
    case Answer::Then::Reset:
      reset(peer);
      co_return false;
  }
  co_return true;
}

net::Task<bool> FakeRedis::send(Socket& peer, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t piece = cut_ ? cut_() : 0;
    const std::string_view now = bytes.substr(0, piece != 0 ? piece : bytes.size());
    const auto [error, size] = co_await asio::async_write(peer, asio::buffer(now), net::kTuple);
    if (error) co_return false;
    bytes.remove_prefix(size);
    // Lets the other side of the loop read this piece before the next one is sent.
    if (!bytes.empty()) co_await asio::post(executor_, asio::use_awaitable_t<net::Executor>{});
  }
  co_return true;
}

void FakeRedis::push(std::string bytes) {
  for (const auto& peer : peers_) asio::write(*peer, asio::buffer(bytes));
}

void FakeRedis::drop_all() {
  for (const auto& peer : peers_) reset(*peer);
}

void FakeRedis::refuse() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  drop_all();
}

void FakeRedis::accept_again() { listen(); }

net::Task<void> FakeRedis::stop() {
  refuse();
  co_await tasks_.join();
}

std::size_t FakeRedis::seen_of(std::string_view command) const {
  return static_cast<std::size_t>(std::count_if(
      seen_.begin(), seen_.end(), [&](const Words& words) { return words.at(0) == command; }));
}

}  // namespace wf::test
