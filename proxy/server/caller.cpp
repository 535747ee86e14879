#include "proxy/server/caller.hpp"

#include <array>
#include <cstring>

#include <boost/asio/ip/tcp.hpp>

#include "proxy/message/forwarded.hpp"
#include "proxy/message/proxy_header.hpp"

namespace wf::server {

namespace {

using message::IpAddress;
using message::ProxyHeaderReader;
using Networks = std::vector<config::Network>;

constexpr std::size_t kPeek = 512;

/// Whose peers have no address are told by who may open the socket; they are meant if anybody is.
bool is_listed(const Networks& networks, const std::optional<IpAddress>& address) {
  return !networks.empty() && (!address || message::contains(networks, *address));
}

}  // namespace

std::optional<IpAddress> peer_of(const net::Socket& socket) {
  boost::system::error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  if (ec || endpoint.protocol().family() == AF_UNIX) return std::nullopt;
  boost::asio::ip::tcp::endpoint tcp;
  tcp.resize(endpoint.size());
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  const boost::asio::ip::address address = tcp.address();
  const auto bytes = [](const auto& from) {
    return message::ip_from_bytes({reinterpret_cast<const char*>(from.data()), from.size()});
  };
  return address.is_v4() ? bytes(address.to_v4().to_bytes()) : bytes(address.to_v6().to_bytes());
}

Caller::Caller(Worker& worker, const Entrance& entrance, std::optional<IpAddress> address)
    : worker_(worker), introduced_(is_listed(entrance.listener.proxy_protocol, address)) {
  know(std::move(address));
}

Caller::~Caller() {
  if (counted_) worker_.shared().addresses.disconnect(*address_);
}

void Caller::know(std::optional<IpAddress> address) {
  address_ = std::move(address);
  text_ = address_ ? to_text(*address_) : std::string{};
  forwards_ = is_listed(worker_.config().trusted_proxies, address_);
}

net::Task<bool> Caller::admit(net::Stream& stream) {
  if (introduced_) {
    const bool read = co_await read_header(stream);
    if (!read) {
      worker_.tally().bad_introductions.add();
      co_return false;
    }
  }
  if (!address_) co_return true;
  counted_ = worker_.shared().addresses.connect(*address_);
  if (!counted_) worker_.tally().over_address_limit.add();
  co_return counted_;
}

// What belongs to the header is looked at first and then taken, so that nothing behind it is.
net::Task<bool> Caller::read_header(net::Stream& stream) {
  ProxyHeaderReader reader;
  std::array<char, kPeek> bytes;
  stream.expire_in(worker_.config().limits.header_timeout);
  while (reader.state() == ProxyHeaderReader::State::More) {
    if (!stream.may_read()) co_await stream.edge();
    const Result<std::size_t> seen = stream.peek_now(boost::asio::buffer(bytes));
    if (!seen) co_return false;
    const std::size_t size = reader.take({bytes.data(), *seen});
    const Result<std::size_t> taken = stream.read_now(boost::asio::buffer(bytes.data(), size));
    if (!taken || *taken != size) co_return false;
  }
  stream.never_expire();
  if (reader.state() == ProxyHeaderReader::State::Refused) co_return false;
  if (reader.client()) know(reader.client());
  co_return true;
}

void Caller::read_request(FieldSpan fields) {
  if (!forwards_) return;
  const auto behind = message::client_behind(fields, worker_.config().trusted_proxies);
  behind_ = behind ? std::make_unique<Behind>(Behind{behind, to_text(*behind)}) : nullptr;
}

}  // namespace wf::server
