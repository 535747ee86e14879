// TLS without a socket: bytes of the network in and out, plain bytes out and in.
//
//   network ──feed──▶ [OpenSSL] ──decrypt──▶ reader
//   network ◀─output─ [OpenSSL] ◀─encrypt─── writer
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "proxy/base/error.hpp"
#include "proxy/net/tls_context.hpp"

struct ssl_st;  // OpenSSL's SSL

namespace wf::net {

/// Used on one thread. After an error other than Closed it stays failed.
class TlsEngine {
 public:
  /// Connects to `peer`, a name or a literal address: it is asked for (SNI) and must be in the
  /// certificate, unless the settings say otherwise. `context` outlives the engine.
  TlsEngine(const TlsContext& context, const std::string& peer, Side side);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  /// Goes on with the handshake: true when it is done, false where more bytes are needed.
  [[nodiscard]] Result<bool> shake_hands();
  /// Plain bytes into `into`; 0: more bytes of the network are needed. Closed when the peer has
  /// ended in order.
  [[nodiscard]] Result<std::size_t> decrypt(boost::asio::mutable_buffer into);
  /// Takes some of the plain bytes, at most one record's worth; their number.
  [[nodiscard]] Result<std::size_t> encrypt(boost::asio::const_buffer from);
  /// Says the end to the peer.
  void end() noexcept;

  /// Bytes that came from the network.
  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// Bytes that are to go to the network, in order.
  [[nodiscard]] std::string_view output();
  void consume_output(std::size_t size) noexcept { sent_ += size; }

 private:
  struct Free {
    void operator()(ssl_st* ssl) const noexcept;
  };
  void expect(const std::string& peer);
  [[nodiscard]] Error failure() const;

  const TlsContext& context_;
  Side side_;
  std::unique_ptr<ssl_st, Free> ssl_;
  std::string output_;
  std::size_t sent_ = 0;  // of output_
};

}  // namespace wf::net
