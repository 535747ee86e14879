// What TLS needs before a connection: trusted authorities, our own certificate, the rules.
#pragma once

#include <memory>
#include <string>

#include "proxy/base/error.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace wf::net {

struct TlsSettings {
  std::string ca;           ///< file of trusted certificates (PEM); empty: the system's
  std::string certificate;  ///< ours, with what leads to its root (PEM); empty: none
  std::string key;          ///< its private key (PEM)
  std::string server_name;  ///< expected in the peer's certificate; empty: the host connected to
  bool verify = true;       ///< false: any certificate will do, and anybody may sit in between
};

/// Immutable once made; may be shared by threads. TLS 1.2 at least.
class TlsContext {
 public:
  /// For the side that connects. Unsupported, Side::Self, with the file that is at fault.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> for_client(TlsSettings settings);

  [[nodiscard]] ssl_ctx_st* native() const noexcept { return context_.get(); }
  [[nodiscard]] const TlsSettings& settings() const noexcept { return settings_; }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  explicit TlsContext(TlsSettings settings);
  [[nodiscard]] Result<void> load() const;

  TlsSettings settings_;
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

/// What OpenSSL has to say about the last failure on this thread; clears it.
[[nodiscard]] std::string take_tls_error();

}  // namespace wf::net
