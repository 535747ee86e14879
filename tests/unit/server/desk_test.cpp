// Desks go from connection to connection, clean.
#include <catch2/catch.hpp>

#include "proxy/server/desk.hpp"

using namespace wf;
using server::Desk;
using server::DeskStock;

TEST_CASE("a desk that was given back is the next one taken, and nothing lies on it") {
  DeskStock stock{message::RequestRules{}};
  auto desk = stock.take();
  const Desk* const first = desk.get();
  desk->head_bytes.append("GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /half");
  desk->body_bytes.append("body");
  REQUIRE(*desk->reader.read_head(desk->head_bytes.unread()));
  stock.give_back(std::move(desk));

  desk = stock.take();
  CHECK(desk.get() == first);
  CHECK(desk->head_bytes.unread().empty());
  CHECK(desk->body_bytes.unread().empty());
  desk->head_bytes.append("GET /second HTTP/1.1\r\nHost: b\r\n\r\n");
  REQUIRE(*desk->reader.read_head(desk->head_bytes.unread()));
  CHECK(desk->reader.head().raw_target == "/second");
  CHECK(desk->reader.head().fields.size() == 1);
}

TEST_CASE("a desk on which much was read does not keep the room") {
  DeskStock stock{message::RequestRules{}};
  auto desk = stock.take();
  desk->body_bytes.append(std::string(100'000, 'x'));
  stock.give_back(std::move(desk));
  CHECK(stock.take()->body_bytes.capacity() == 0);
}
