#include "tests/walk/honest.hpp"

#include <system_error>

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

std::string body_of(std::string_view path) {
  const std::size_t size = path.starts_with("/large") ? 300'000 : 3000;
  std::string body;
  while (body.size() < size) body.append(path).append("|");
  return body;
}

Script answer_by_path(const OriginRequest& request) {
  return Script{}.send(to_text(Answer{200, {}, body_of(request.path())}, request.serial));
}

void check_honest(const Response& response, const std::string& path) {
  CHECK(response.end != End::Late);
  if (!response.whole()) return;
  if (response.status == 200) {
    CHECK(response.body == body_of(path));
  } else {
    // 400: it was the client's own body that could not be read.
    CHECK((response.status >= 500 || response.status == 400));
  }
}

void talk(std::uint16_t port, const std::string& path) {
  const auto patient = [&](auto conversation) {
    try {
      conversation();
    } catch (const std::system_error&) {
      // It was not even let in.
    }
  };
  patient([&] {
    HttpClient client{port};
    check_honest(client.get(path), path);
    check_honest(client.get(path), path);
  });
  patient([&] {
    Crowd crowd{{port}, 2};
    crowd.send({"GET", path + "/crowd", {}, {}});
    for (const Response& response : crowd.read()) check_honest(response, path + "/crowd");
  });
  patient([&] {
    HttpClient client{port};
    check_honest(client.ask({"POST", path + "/post", {}, std::string(2000, 'x')}), path + "/post");
  });
}

void check_sound(std::uint16_t port, const std::string& path) {
  for (const std::string& asked : {path, path + "/crowd", path + "/post"}) {
    bool served = false;
    // An origin that failed is spared for half a second.
    const bool again = eventually([&] {
      const Response response = get(port, asked);
      check_honest(response, asked);
      served = response.whole() && response.status == 200;
      return served;
    });
    CHECK(again);
  }
}

}  // namespace wf::test
