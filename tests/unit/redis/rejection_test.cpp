#include "proxy/redis/rejection.hpp"

#include <catch2/catch.hpp>

#include "tests/support/show_result.hpp"

using namespace wf;
using namespace wf::redis;

TEST_CASE("what an error reply says about the server") {
  struct Row {
    std::string_view text;
    Verdict verdict;
  };
  const std::vector<Row> rows{
      {"LOADING Redis is loading the dataset in memory", Verdict::Down},                  // FM-07
      {"BUSY Redis is busy running a script.", Verdict::Down},                            // FM-14
      {"MASTERDOWN Link with MASTER is down", Verdict::Down},                             // FM-06
      {"CLUSTERDOWN The cluster is down", Verdict::Down},                                 // FM-08
      {"READONLY You can't write against a read only replica.", Verdict::Reconnect},      // FM-06
      {"NOAUTH Authentication required.", Verdict::Reconnect},                            // FM-15
      {"OOM command not allowed when used memory > 'maxmemory'.", Verdict::CommandOnly},  // FM-05
      {"MOVED 3999 127.0.0.1:6381", Verdict::CommandOnly},                                // FM-08
      {"WRONGTYPE Operation against a key", Verdict::CommandOnly},                        // FM-09
      {"NOSCRIPT No matching script.", Verdict::CommandOnly},                             // FM-13
      {"BUSYGROUP Consumer Group name already exists", Verdict::CommandOnly},
      {"", Verdict::CommandOnly},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(verdict_of(row.text) == row.verdict);
  }
}

TEST_CASE("an error reply becomes an error of the store") {
  const auto error = checked(Reply::error("OOM command not allowed when used memory")).error();
  CHECK(error.code == ErrorCode::Rejected);
  CHECK(error.side == Side::Store);
  CHECK(error.retry == Retry::No);
  CHECK(error.detail == "OOM command not allowed when used memory");
  CHECK(is_rejection(error, "OOM"));
  CHECK_FALSE(is_rejection(error, "OO"));
  CHECK_FALSE(is_rejection({ErrorCode::Timeout, Side::Store, Retry::No, "OOM"}, "OOM"));
}

TEST_CASE("what Redis quotes back is not repeated") {
  const auto error = rejection("ERR unknown command 'AUTHX', with args beginning with: 'secret'");
  CHECK(error.detail == "ERR unknown command");
  CHECK(rejection("ERR \x1b[31mred").detail == "ERR");
  CHECK(rejection("ERR " + std::string(5000, 'x')).detail.size() < 100);
}

TEST_CASE("other replies pass, also arrays with errors in them") {
  CHECK(checked(Reply::nil()));
  CHECK(checked(Reply::array({Reply::error("ERR")})));
  const Result<Reply> broken{Error{ErrorCode::Reset, Side::Store, Retry::Safe, "x"}};
  CHECK(checked(broken).error().code == ErrorCode::Reset);
}
