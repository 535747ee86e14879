#include "proxy/net/tls_engine.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

namespace wf::net {
namespace {

constexpr std::size_t kRecord = 16384;  // RFC 8446 §5.1

bool is_literal(const std::string& host) {
  boost::system::error_code not_one;
  boost::asio::ip::make_address(host, not_one);
  return !not_one;
}

}  // namespace

void TlsEngine::Free::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

TlsEngine::TlsEngine(const TlsContext& context, const std::string& peer, Side side)
    : context_(context), side_(side), ssl_(SSL_new(context.native())) {
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  if (!ssl_ || in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    throw std::bad_alloc{};
  }
  BIO_set_mem_eof_return(in, -1);  // empty means "later", not "ended"
  BIO_set_mem_eof_return(out, -1);
  SSL_set_bio(ssl_.get(), in, out);
  SSL_set_connect_state(ssl_.get());
  const std::string& name = context.settings().server_name;
  expect(name.empty() ? peer : name);
}

TlsEngine::~TlsEngine() = default;

void TlsEngine::expect(const std::string& peer) {
  if (peer.empty()) return;  // a unix socket without a name: the chain alone is verified
  if (is_literal(peer)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), peer.c_str());
    return;
  }
  // What the macro SSL_set_tlsext_host_name does, without its C cast.
  SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(peer.c_str()));
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (SSL_set1_host(ssl_.get(), peer.c_str()) != 1) throw std::bad_alloc{};
}

Error TlsEngine::failure() const {
  const long verdict = SSL_get_verify_result(ssl_.get());
  std::string detail = "TLS: ";
  if (context_.settings().verify && verdict != X509_V_OK) {
    detail.append("the peer's certificate is refused: ");
    detail.append(X509_verify_cert_error_string(verdict));
    ERR_clear_error();
  } else {
    detail.append(take_tls_error());
  }
  const bool shaken = SSL_is_init_finished(ssl_.get()) == 1;
  return {shaken ? ErrorCode::Reset : ErrorCode::Refused, side_, Retry::No, std::move(detail)};
}

Result<bool> TlsEngine::shake_hands() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) return true;
  if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return false;
  return failure();
}

Result<std::size_t> TlsEngine::decrypt(boost::asio::mutable_buffer into) {
  ERR_clear_error();
  std::size_t size = 0;
  const int done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
  if (done == 1) return size;
  switch (SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_READ:
      return std::size_t{0};
    case SSL_ERROR_ZERO_RETURN:
      return Error{ErrorCode::Closed, side_, Retry::No, "TLS: ended by the peer"};
    default:
      return failure();
  }
}

Result<std::size_t> TlsEngine::encrypt(boost::asio::const_buffer from) {
  ERR_clear_error();
  std::size_t size = 0;
  const std::size_t asked = std::min(from.size(), kRecord);
  if (asked == 0) return std::size_t{0};
  if (SSL_write_ex(ssl_.get(), from.data(), asked, &size) != 1) return failure();
  return size;
}

void TlsEngine::end() noexcept {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

Result<void> TlsEngine::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t taken = 0;
    if (BIO_write_ex(SSL_get_rbio(ssl_.get()), bytes.data(), bytes.size(), &taken) != 1) {
      return failure();
    }
    bytes.remove_prefix(taken);
  }
  return {};
}

std::string_view TlsEngine::output() {
  if (sent_ == output_.size()) {
    output_.clear();
    sent_ = 0;
  }
  BIO* out = SSL_get_wbio(ssl_.get());
  const std::size_t waiting = BIO_ctrl_pending(out);
  if (waiting != 0) {
    const std::size_t before = output_.size();
    output_.resize(before + waiting);
    std::size_t read = 0;
    BIO_read_ex(out, output_.data() + before, waiting, &read);
    output_.resize(before + read);
  }
  return std::string_view{output_}.substr(sent_);
}

}  // namespace wf::net
