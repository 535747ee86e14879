// What the process gives up, as it is written in a configuration.
#include <catch2/catch.hpp>

#include "tests/unit/config/documents.hpp"

using namespace wf::config;
using namespace wf::config::test;

TEST_CASE("rights that the process gives up") {
  const auto process = [](std::string_view text) {
    return load_text(with_basics(text), "p.yaml", kNoEnvironment).value().process;
  };
  CHECK(process("") == Process{});
  CHECK(process("process: {}") == Process{});
  const Process all = process("process: {user: proxy, group: 33, sandbox: kill, core_dumps: true}");
  CHECK(all.user == "proxy");
  CHECK(all.group == "33");
  CHECK(all.sandbox == Sandbox::Kill);
  CHECK(all.core_dumps);
  CHECK(process("process: {sandbox: on}").sandbox == Sandbox::On);
  CHECK(process("process: {sandbox: off}").sandbox == Sandbox::Off);
}

TEST_CASE("rights that make no sense are told where") {
  const std::vector<Row> rows{
      {with_basics("process: {sandbox: yes}"),
       {"p.yaml:1:20: process.sandbox: expected auto, on, kill or off, found \"yes\""}},
      {with_basics("process: {group: www-data}"),
       {"p.yaml:1:10: process: a group goes with a user: name process.user too"}},
  };
  check(rows);
}
