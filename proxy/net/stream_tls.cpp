// The encrypted half of a stream. Reading and writing may overlap: both take from, and give to, one
// engine, but never hold anything of it across a wait.
#include <array>

#include <boost/asio/error.hpp>

#include "proxy/net/stream.hpp"

namespace wf::net {

namespace {

constexpr std::size_t kNetworkRead = 17 * 1024;  // a whole record with its overhead

}  // namespace

Task<Result<void>> Stream::secure(const TlsContext& context, std::string peer) {
  tls_ = std::make_unique<TlsEngine>(context, peer, side_);
  for (;;) {
    const Result<bool> done = tls_->shake_hands();
    // What is to be sent may be the alert that says why it failed: it goes in any case.
    const Result<void> flushed = co_await flush_tls();
    if (!done) co_return done.error();
    if (!flushed) co_return flushed.error();
    if (*done) co_return Result<void>{};
    const Result<void> fed = co_await feed_tls();
    if (!fed) co_return fed.error();
  }
}

Task<Result<void>> Stream::feed_tls() {
  std::array<char, kNetworkRead> bytes;
  const Result<std::size_t> read = co_await read_plain(asio::buffer(bytes));
  if (!read) co_return read.error();
  co_return tls_->feed({bytes.data(), *read});
}

Task<Result<std::size_t>> Stream::read_tls(asio::mutable_buffer into) {
  for (;;) {
    if (state_ != State::Open) co_return error_from({});
    Result<std::size_t> read = tls_->decrypt(into);
    // A peer may ask for new keys; what the kernel does not take goes with the next write.
    [[maybe_unused]] const Result<bool> flushed = flush_tls_now();
    if (!read || *read != 0) co_return read;
    const Result<void> fed = co_await feed_tls();
    if (!fed) co_return fed.error();
  }
}

Result<bool> Stream::flush_tls_now() {
  for (;;) {
    const std::string_view output = tls_->output();
    if (output.empty()) return true;
    const asio::const_buffer bytes{output.data(), output.size()};
    const Result<std::size_t> written = write_plain_now({&bytes, 1});
    if (!written) return written.error();
    if (*written == 0) return false;
    tls_->consume_output(*written);
  }
}

Result<std::size_t> Stream::write_tls_now(std::span<const asio::const_buffer> from) {
  std::size_t taken = 0;
  for (asio::const_buffer buffer : from) {
    while (buffer.size() != 0) {
      // Never more than one record waits for the kernel.
      const Result<bool> flushed = flush_tls_now();
      if (!flushed) return flushed.error();
      if (!*flushed) return taken;
      const Result<std::size_t> encrypted = tls_->encrypt(buffer);
      if (!encrypted) return encrypted.error();
      taken += *encrypted;
      buffer += *encrypted;
    }
  }
  const Result<bool> flushed = flush_tls_now();
  if (!flushed) return flushed.error();
  return taken;
}

Task<Result<void>> Stream::flush_tls() {
  for (;;) {
    const Result<bool> flushed = flush_tls_now();
    if (!flushed) co_return flushed.error();
    if (*flushed) co_return Result<void>{};
    const Result<void> ended = co_await writable();
    if (!ended) co_return ended.error();
    if (write_delay_ != milliseconds::max()) deadlines_.expire_in(writing_, write_delay_);
  }
}

}  // namespace wf::net
