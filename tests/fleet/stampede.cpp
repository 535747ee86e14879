#include "tests/fleet/stampede.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "proxy/base/ascii.hpp"
#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

using std::chrono::steady_clock;

constexpr std::string_view kLength = "Content-Length: ";

std::string_view body_in(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string_view{} : answer.substr(end + 4);
}

}  // namespace

microseconds Stampede::Result::quantile(double share) const {
  if (latencies.empty()) return microseconds{0};
  const auto last = static_cast<double>(latencies.size() - 1);
  return latencies[static_cast<std::size_t>(last * share)];
}

Stampede::Stampede(const std::vector<std::uint16_t>& ports, std::size_t each) {
  clients_.reserve(ports.size() * each);
  for (std::size_t i = 0; i < each; ++i) {
    for (const std::uint16_t port : ports) {
      clients_.push_back({connect_to({"127.0.0.1", port, {}})});
    }
  }
}

bool Stampede::complete(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const std::size_t at = answer.find(kLength);
  if (at == std::string::npos || at > end) return answer.ends_with("\r\n0\r\n\r\n");
  const std::size_t from = at + kLength.size();
  const auto length = ascii::parse_uint(answer.substr(from, answer.find('\r', from) - from));
  return length && answer.size() >= end + 4 + *length;
}

Stampede::Result Stampede::ask(const std::string& target, std::chrono::seconds patience) {
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: api.test\r\n\r\n";
  Result result;
  std::set<std::string> bodies;
  const auto began = steady_clock::now();
  for (Client& client : clients_) {
    client.answer.clear();
    client.done = !client.socket.write(request);
  }
  std::vector<pollfd> ready(clients_.size());
  while (steady_clock::now() - began < patience) {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      ready[i] = {clients_[i].done ? -1 : clients_[i].socket.fd(), POLLIN, 0};
    }
    if (std::all_of(clients_.begin(), clients_.end(), [](const Client& c) { return c.done; }))
      break;
    static_cast<void>(::poll(ready.data(), ready.size(), 100));
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      Client& client = clients_[i];
      if (client.done || ready[i].revents == 0) continue;
      if (!client.socket.read_some(client.answer)) client.done = true;
      if (!complete(client.answer)) continue;
      client.done = true;
      if (!client.answer.starts_with("HTTP/1.1 200 ")) continue;
      ++result.whole;
      bodies.emplace(body_in(client.answer));
      result.latencies.push_back(
          std::chrono::duration_cast<microseconds>(steady_clock::now() - began));
    }
  }
  result.bodies = bodies.size();
  std::sort(result.latencies.begin(), result.latencies.end());
  return result;
}

}  // namespace wf::test
