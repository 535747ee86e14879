#include "tests/walk/redis_kinds.hpp"

#include "tests/walk/http_client.hpp"

namespace wf::test {

Traffic::Traffic(std::vector<std::uint16_t> ports, std::size_t clients) {
  for (std::size_t i = 0; i < clients; ++i) {
    threads_.emplace_back([this, port = ports[i % ports.size()], i] { ask_on(port, i); });
  }
}

void Traffic::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Traffic::ask_on(std::uint16_t port, std::size_t number) {
  for (std::size_t turn = 0; !stopping_; ++turn) {
    // Every second request is for something that nobody has asked for yet.
    const std::size_t item = turn % 2 == 0 ? 0 : turn;
    const std::string target = "/" + std::to_string(number) + "/" + std::to_string(item);
    const Response response = get(port, target);
    const bool right = response.whole() && response.status == 200 &&
                       response.body.starts_with("GET " + target + " #");
    ++(right ? answered_ : wrong_);
    ::usleep(2000);
  }
}

std::chrono::milliseconds shared_after(Proxy& from, Proxy& to, const std::string& stem) {
  const auto began = std::chrono::steady_clock::now();
  int number = 0;
  (void)eventually([&] {
    const std::string target = stem + std::to_string(++number);
    const Response fetched = get(from.port(), target);
    const Response found = get(to.port(), target);
    return fetched.status == 200 && found.says("detail=redis") && found.body == fetched.body;
  });
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               began);
}

}  // namespace wf::test
