#include "config/env.hpp"

#include <map>

#include <catch2/catch.hpp>

using namespace wf::config;

namespace {

std::optional<std::string> lookup(const std::string& name) {
  const std::map<std::string, std::string> variables{
      {"NAME", "value"}, {"EMPTY", ""}, {"NESTED", "${NAME}"}, {"_A1", "a"}};
  const auto it = variables.find(name);
  if (it == variables.end()) return std::nullopt;
  return it->second;
}

}  // namespace

TEST_CASE("variables are put in") {
  struct Row {
    const char* text;
    const char* result;
  };
  const Row rows[] = {{"", ""},
                      {"plain $NAME {x} $", "plain $NAME {x} $"},
                      {"${NAME}", "value"},
                      {"<${NAME}${_A1}>", "<valuea>"},
                      {"${NONE:-other}", "other"},
                      {"${NONE:-}", ""},
                      {"${EMPTY:-other}", "other"},
                      {"${EMPTY}", ""},
                      {"${NAME:-other}", "value"},
                      {"${NONE:-a:-b}", "a:-b"},
                      {"${NESTED}", "${NAME}"},
                      {"$${NAME}", "${NAME}"},
                      {"a$${NAME}${NAME}", "a${NAME}value"},
                      {"$$", "$$"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto expanded = expand(row.text, lookup);
    REQUIRE(expanded.has_value());
    CHECK(*expanded == row.result);
  }
}

TEST_CASE("what cannot be put in is told") {
  struct Row {
    const char* text;
    const char* what;
  };
  const Row rows[] = {
      {"${NONE}", "the environment variable NONE is not set"},
      {"x${NAME", "${ without its } (write $${ for a plain ${)"},
      {"${}", "\"\" is not the name of an environment variable (write $${ for a plain ${)"},
      {"${1A}", "\"1A\" is not the name of an environment variable (write $${ for a plain ${)"},
      {"${A-B}", "\"A-B\" is not the name of an environment variable (write $${ for a plain ${)"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto expanded = expand(row.text, lookup);
    REQUIRE(expanded.has_error());
    CHECK(expanded.error().what == row.what);
  }
}
