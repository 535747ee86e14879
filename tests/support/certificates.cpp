#include "tests/support/certificates.hpp"

#include <cstdlib>
#include <stdexcept>

namespace wf::test {
namespace {

std::filesystem::path make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "wf-tls-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  return name;
}

void openssl(const std::string& arguments) {
  const std::string command = "openssl " + arguments + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("fails: " + command);
}

constexpr const char* kNewKey = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

}  // namespace

Certificates::Certificates() : directory_(make_directory()) {
  make_authority("ca");
  make_authority("stranger");
  make_signed("server", "DNS:redis.test,IP:127.0.0.1");
  make_signed("client", "DNS:client.test");
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Certificates::make_authority(const std::string& name) const {
  openssl("req -x509 -days 2 -subj /CN=" + name + kNewKey + " -keyout " + file(name + ".key") +
          " -out " + file(name + ".pem"));
}

void Certificates::make_signed(const std::string& name, const std::string& names) const {
  openssl("req -x509 -days 2 -subj /CN=" + name + kNewKey + " -keyout " + file(name + ".key") +
          " -out " + file(name + ".pem") + " -addext subjectAltName=" + names +
          " -addext basicConstraints=critical,CA:FALSE -CA " + file("ca.pem") + " -CAkey " +
          file("ca.key"));
}

std::vector<std::string> Certificates::options(std::uint16_t port, std::string clients) const {
  return {"--tls-port",         std::to_string(port), "--tls-cert-file",    file("server.pem"),
          "--tls-key-file",     file("server.key"),   "--tls-ca-cert-file", file("ca.pem"),
          "--tls-auth-clients", std::move(clients)};
}

}  // namespace wf::test
