// Who is at the other end of a connection, and for whom it speaks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/fields.hpp"
#include "proxy/message/ip_address.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/server/address_table.hpp"
#include "proxy/server/desk.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// What can be said of a listener's connections. Both outlive them.
struct Entrance {
  DeskStock& desks;
  const config::Listener& listener;
};

/// The address of the socket's other end; nothing for a unix socket.
[[nodiscard]] std::optional<message::IpAddress> peer_of(const net::Socket& socket);

/// Small, since every idle connection has one.
class Caller {
 public:
  /// `address`: of the socket's other end.
  Caller(Worker& worker, const Entrance& entrance, std::optional<message::IpAddress> address);
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller();

  /// Reads the PROXY header where one is due, and takes the address's place among the connections.
  /// False: the connection is to be closed, and that was counted. Before anything else is read.
  [[nodiscard]] net::Task<bool> admit(net::Stream& stream);

  /// For each request: who asks, given its fields.
  void read_request(FieldSpan fields);

  /// Of the request's client; nothing if there is none (a unix socket).
  [[nodiscard]] const std::optional<message::IpAddress>& client() const noexcept {
    return behind_ ? behind_->address : address_;
  }
  /// The same as text; empty if there is none.
  [[nodiscard]] std::string_view client_text() const noexcept {
    return behind_ ? behind_->text : text_;
  }
  /// Of whom the connection is: the socket's other end, or whom the PROXY header named.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// What it says of whom it speaks for is believed.
  [[nodiscard]] bool forwards() const noexcept { return forwards_; }

 private:
  [[nodiscard]] net::Task<bool> read_header(net::Stream& stream);
  void know(std::optional<message::IpAddress> address);

  /// For whom a forwarder speaks.
  struct Behind {
    std::optional<message::IpAddress> address;
    std::string text;
  };

  Worker& worker_;
  std::string text_;
  std::unique_ptr<Behind> behind_;  // null: for nobody but itself
  std::optional<message::IpAddress> address_;
  const bool introduced_;  // by a PROXY header
  bool forwards_ = false;
  bool counted_ = false;  // among the connections of its address
};

}  // namespace wf::server
