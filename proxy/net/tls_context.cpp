#include "proxy/net/tls_context.hpp"

#include <new>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace wf::net {
namespace {

Error unusable(std::string_view what, const std::string& file) {
  std::string detail{what};
  detail.append(" ").append(file).append(": ").append(take_tls_error());
  return {ErrorCode::Unsupported, Side::Self, Retry::No, std::move(detail)};
}

}  // namespace

std::string take_tls_error() {
  const unsigned long first = ERR_get_error();
  ERR_clear_error();
  const char* reason = first != 0 ? ERR_reason_error_string(first) : nullptr;
  return reason != nullptr ? reason : "no reason given";
}

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

TlsContext::TlsContext(TlsSettings settings)
    : settings_(std::move(settings)), context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc{};
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::for_client(TlsSettings settings) {
  const std::shared_ptr<TlsContext> made{new TlsContext{std::move(settings)}};
  const Result<void> loaded = made->load();
  if (!loaded) return loaded.error();
  return std::shared_ptr<const TlsContext>{made};
}

Result<void> TlsContext::load() const {
  SSL_CTX* context = context_.get();
  ERR_clear_error();
  SSL_CTX_set_verify(context, settings_.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const int trusted = settings_.ca.empty()
                          ? SSL_CTX_set_default_verify_paths(context)
                          : SSL_CTX_load_verify_file(context, settings_.ca.c_str());
  if (trusted != 1) return unusable("trusted certificates", settings_.ca);
  if (settings_.certificate.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, settings_.certificate.c_str()) != 1) {
    return unusable("certificate", settings_.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, settings_.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return unusable("key", settings_.key);
  }
  return {};
}

}  // namespace wf::net
