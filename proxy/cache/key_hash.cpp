#include "proxy/cache/key_hash.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "proxy/base/ascii.hpp"

namespace wf::cache {
namespace {

constexpr std::size_t kDigestBytes = 16;  // of SHA-256's 32

std::uint64_t random_seed() {
  std::array<unsigned char, 8> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("no randomness for the seed of the cache's index");
  }
  std::uint64_t seed = 0;
  for (const unsigned char byte : bytes) seed = seed << 8U | byte;
  return seed;
}

// Fetched once: an implicit fetch per digest costs more than the digest itself (OpenSSL 3).
const EVP_MD* sha256() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

// Each thread has one: begun anew with the same algorithm it allocates nothing.
EVP_MD_CTX* context() {
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> mine{EVP_MD_CTX_new()};
  return mine.get();
}

std::array<char, 32> sha256_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  EVP_MD_CTX* const hash = context();
  if (hash == nullptr || EVP_DigestInit_ex2(hash, sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(hash, text.data(), text.size()) != 1 ||
      EVP_DigestFinal_ex(hash, bytes.data(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  std::array<char, 32> out{};
  std::copy_n(bytes.begin(), out.size(), out.begin());
  return out;
}

}  // namespace

LookupKey lookup_key(std::string_view text) noexcept {
  static const std::uint64_t seed = random_seed();
  return {text, XXH3_64bits_withSeed(text.data(), text.size(), seed)};
}

KeyHash key_hash(std::string_view text) {
  const auto bytes = sha256_of(text);
  return {ascii::hex({bytes.data(), kDigestBytes})};
}

std::string digest(std::string_view text) {
  const auto bytes = sha256_of(text);
  return ascii::hex({bytes.data(), bytes.size()});
}

}  // namespace wf::cache
