// Certificates for tests of TLS, made by the openssl command when they are needed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace wf::test {

/// In a directory of its own, removed in the destructor: an authority, what it signed for a server
/// ("redis.test" and 127.0.0.1) and for a client, and another authority that nobody trusts. Throws
/// std::runtime_error where openssl is missing.
class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  [[nodiscard]] std::string ca() const { return file("ca.pem"); }
  [[nodiscard]] std::string stranger() const { return file("stranger.pem"); }
  [[nodiscard]] std::string client() const { return file("client.pem"); }
  [[nodiscard]] std::string client_key() const { return file("client.key"); }
  /// Options of a redis-server that speaks TLS on `port`, and wants clients to show a certificate
  /// ("yes") or not ("no").
  [[nodiscard]] std::vector<std::string> options(std::uint16_t port, std::string clients) const;

 private:
  [[nodiscard]] std::string file(const std::string& name) const { return directory_ / name; }
  void make_authority(const std::string& name) const;
  void make_signed(const std::string& name, const std::string& names) const;

  std::filesystem::path directory_;
};

}  // namespace wf::test
