// Documents for the tests of config: short ones around the part that matters.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "config/load.hpp"

namespace wf::config::test {

inline const EnvLookup kNoEnvironment = [](const std::string&) -> std::optional<std::string> {
  return std::nullopt;
};

/// The problem lines of a document named "p.yaml"; empty if it loads.
inline std::vector<std::string> problems(std::string_view text,
                                         const EnvLookup& env = kNoEnvironment) {
  std::vector<std::string> lines;
  const Loaded loaded = load_text(text, "p.yaml", env);
  if (loaded) return lines;
  for (const Problem& problem : loaded.error()) lines.push_back(to_string(problem));
  return lines;
}

/// What every document needs, as its last three lines.
inline std::string with_basics(std::string_view text) {
  return std::string{text} +
         "\nupstreams: {api: {servers: [\"http://127.0.0.1:9000\"]}}"
         "\nroutes: [{name: all, match: \"/**\", upstream: api}]\n";
}

/// A document whose third line, from column 5 on, is the text between the braces of a cache.
inline std::string with_cache(std::string_view rules) {
  return "upstreams: {api: {servers: [\"http://127.0.0.1:9000\"]}}\n"
         "routes: [{name: r, match: \"/a/{id}\", upstream: api, cache: {\n    " +
         std::string{rules} + "\n}}]\n";
}

using Lines = std::vector<std::string>;

/// A document and the lines that tell what is wrong with it.
struct Row {
  std::string text;
  Lines lines;
};

inline void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(problems(row.text) == row.lines);
  }
}

}  // namespace wf::config::test
