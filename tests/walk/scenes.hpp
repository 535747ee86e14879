// What the cache conversations say again and again: answers, and crowds of clients.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/support/scripted_origin.hpp"
#include "tests/walk/http_client.hpp"

namespace wf::test {

/// 200 with these fields, whose body is as echo's.
[[nodiscard]] Handler answering(OwnedFields fields);
/// The same, once the gate is open.
[[nodiscard]] Handler answering_after(std::string gate, OwnedFields fields);

/// So many bytes in which every place differs from its neighbours, and every serial from others.
[[nodiscard]] std::string pattern(std::size_t size, unsigned serial);

/// Clients that ask at once, each on a connection of its own.
class Crowd {
 public:
  /// Connects `size` clients, to the proxies in turn.
  Crowd(const std::vector<std::uint16_t>& ports, std::size_t size);

  void send(const ClientRequest& request);
  /// The answer of each.
  [[nodiscard]] std::vector<Response> read();
  [[nodiscard]] HttpClient& at(std::size_t index) { return clients_.at(index); }

 private:
  std::vector<HttpClient> clients_;
};

[[nodiscard]] std::set<unsigned> serials(const std::vector<Response>& responses);
[[nodiscard]] std::set<std::string> bodies(const std::vector<Response>& responses);
/// How many came whole and with that status.
[[nodiscard]] std::size_t whole(const std::vector<Response>& responses, unsigned status = 200);

}  // namespace wf::test
