// What proxies tell of themselves, and what Redis' answers mean.
#include <catch2/catch.hpp>

#include "proxy/invalidation/log_replies.hpp"
#include "proxy/invalidation/reports.hpp"

using namespace wf;
using namespace wf::invalidation;
using redis::Reply;

namespace {

Stamp at(std::uint64_t birth, std::uint64_t ms, std::uint64_t n = 0) {
  return {Birth{birth}, {ms, n}};
}

Reply texts(std::vector<std::string> all) {
  Reply reply = Reply::array({});
  for (std::string& text : all) reply.append(Reply::bulk(std::move(text)));
  return reply;
}

Reply array(std::vector<Reply> all) { return Reply::array(std::move(all)); }

}  // namespace

TEST_CASE("a proxy has applied what it said, and everything before") {
  Reports reports;
  CHECK_FALSE(reports.applied("a", at(5, 1)));
  reports.hear("5 100-7 a");
  CHECK(reports.applied("a", at(5, 100, 7)));
  CHECK(reports.applied("a", at(5, 99)));
  CHECK_FALSE(reports.applied("a", at(5, 100, 8)));
  CHECK_FALSE(reports.applied("a", at(6, 1)));
  CHECK_FALSE(reports.applied("b", at(5, 1)));
  reports.hear("5 90-0 a");
  CHECK(reports.applied("a", at(5, 100, 7)));
  reports.hear("6 1-0 a");
  CHECK_FALSE(reports.applied("a", at(5, 100, 7)));
  CHECK(reports.applied("a", at(6, 1)));
}

TEST_CASE("what is no report is passed over") {
  Reports reports;
  const auto before = reports.heard().epoch();
  for (const std::string_view text : {"", "5", "5 100-7", "x 100-7 a", "5 100 a", "-5 1-1 a"}) {
    reports.hear(text);
  }
  CHECK(reports.heard().epoch() == before);
}

TEST_CASE("names that are gone do not pile up") {
  Reports reports;
  for (int i = 0; i < 100'000; ++i) reports.hear("5 1-0 proxy" + std::to_string(i));
  CHECK(reports.applied("proxy99999", at(5, 1)));
  CHECK_FALSE(reports.applied("proxy0", at(5, 1)));
}

TEST_CASE("an answer about the fleet") {
  const Reply node = texts({"a", "5", "99-1", "1500", "2000"});
  const auto read =
      read_fleet(array({Reply::bulk("5"), Reply::bulk("100-7"), Reply::bulk("0"), array({node})}));
  REQUIRE(read.has_value());
  CHECK(read->birth == Birth{5});
  CHECK(read->sequence == Sequence{100, 7});
  REQUIRE(read->nodes.size() == 1);
  CHECK(read->nodes[0].name == "a");
  CHECK(read->nodes[0].applied == at(5, 99, 1));
  CHECK(read->nodes[0].left == Millis{1500});
  CHECK(read->nodes[0].lease == Millis{2000});
}

TEST_CASE("an answer to catching up") {
  const Reply entry =
      array({Reply::bulk("101-0"), texts({"b", "5", "f", "w", "s", "t a", "s", "t b"})});
  const Reply foreign = array({Reply::bulk("102-0"), texts({"x", "y"})});
  const auto read =
      read_catch_up(array({Reply::bulk("5"), Reply::integer(1), Reply::bulk("1700"),
                           Reply::bulk("250000"), Reply::integer(2000), array({entry, foreign})}));
  REQUIRE(read.has_value());
  CHECK_FALSE(read->reload);
  CHECK(read->time == UnixTime{Millis{1'700'250}});
  CHECK(read->lease == Millis{2000});
  REQUIRE(read->entries.size() == 2);
  CHECK(read->entries[0].awaited);
  CHECK(read->entries[0].birth == Birth{5});
  CHECK(read->entries[0].selectors == std::vector<std::string>{"t a", "t b"});
  CHECK(read->entries[1].birth == Birth{});
}

TEST_CASE("an answer to a reload") {
  const auto read = read_reload(array({Reply::bulk("5"), Reply::bulk("100-7"), Reply::bulk("abc"),
                                       texts({"t a", "1740800000001", "t b", "1.7408e+12"})}));
  REQUIRE(read.has_value());
  CHECK(read->identity == "abc");
  REQUIRE(read->page.size() == 2);
  CHECK(read->page[0].newest == Sequence{1'700'000'000, 1});
  CHECK(read->page[1].newest == Sequence{1'700'000'000, 0});
}

TEST_CASE("answers of another shape are errors of the store") {
  const std::vector<Reply> bad{Reply::nil(),
                               Reply::bulk("x"),
                               array({}),
                               texts({"5"}),
                               texts({"x", "100-7", "0", ""}),
                               texts({"5", "100", "0", ""}),
                               texts({"5", "1-1", "x", "y", "z", "0"})};
  for (const Reply& reply : bad) {
    const auto fleet = read_fleet(reply);
    REQUIRE_FALSE(fleet.has_value());
    CHECK(fleet.error().side == Side::Store);
    CHECK_FALSE(read_catch_up(reply).has_value());
  }
  CHECK_FALSE(read_reload(texts({"5", "1-1", "abc"})).has_value());
  CHECK_FALSE(read_reload(array({Reply::bulk("5"), Reply::bulk("1-1"), Reply::bulk("abc"),
                                 texts({"t a", "-3"})}))
                  .has_value());
}
