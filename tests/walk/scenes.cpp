#include "tests/walk/scenes.hpp"

#include <algorithm>

namespace wf::test {

namespace {

std::string echo_text(const OriginRequest& request, const OwnedFields& fields) {
  Answer answer;
  answer.fields = fields;
  answer.body = request.method + " " + request.target + " #" + std::to_string(request.serial);
  return to_text(answer, request.serial);
}

}  // namespace

Handler answering(OwnedFields fields) {
  return [fields = std::move(fields)](const OriginRequest& request) {
    return Script{}.send(echo_text(request, fields));
  };
}

Handler answering_after(std::string gate, OwnedFields fields) {
  return [gate = std::move(gate), fields = std::move(fields)](const OriginRequest& request) {
    return Script{}.hold(gate).send(echo_text(request, fields));
  };
}

std::string pattern(std::size_t size, unsigned serial) {
  std::string text = "#" + std::to_string(serial) + ":";
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

Crowd::Crowd(const std::vector<std::uint16_t>& ports, std::size_t size) {
  clients_.reserve(size);
  for (std::size_t i = 0; i < size; ++i) clients_.emplace_back(ports[i % ports.size()]);
}

void Crowd::send(const ClientRequest& request) {
  for (HttpClient& client : clients_) static_cast<void>(client.send(request));
}

std::vector<Response> Crowd::read() {
  std::vector<Response> responses;
  responses.reserve(clients_.size());
  for (HttpClient& client : clients_) responses.push_back(client.read());
  return responses;
}

std::set<unsigned> serials(const std::vector<Response>& responses) {
  std::set<unsigned> found;
  for (const Response& response : responses) found.insert(response.serial());
  return found;
}

std::set<std::string> bodies(const std::vector<Response>& responses) {
  std::set<std::string> found;
  for (const Response& response : responses) found.insert(response.body);
  return found;
}

std::size_t whole(const std::vector<Response>& responses, unsigned status) {
  return static_cast<std::size_t>(
      std::count_if(responses.begin(), responses.end(),
                    [&](const Response& r) { return r.whole() && r.status == status; }));
}

}  // namespace wf::test
