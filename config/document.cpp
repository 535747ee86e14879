#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "config/reading.hpp"
#include "config/schema.hpp"
#include "config/source_text.hpp"

namespace wf::config {
namespace {

Problem at(const std::string& file, const YAML::Mark& mark, std::string what) {
  // yaml-cpp counts from 0, and from -1 where it does not know.
  return {file, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1, {}, std::move(what)};
}

/// The one document of a text, or the problem that there is none or another.
std::optional<YAML::Node> parse(std::string_view text, Document& document) {
  std::vector<YAML::Node> nodes;
  std::vector<Problem>& problems = document.reading.problems;
  try {
    nodes = YAML::LoadAll(std::string{text});
  } catch (const YAML::Exception& error) {
    problems.push_back(at(document.file, error.mark, "not YAML: " + error.msg));
    return std::nullopt;
  }
  if (nodes.empty() || nodes.front().IsNull()) {
    problems.push_back(at(document.file, YAML::Mark{}, "the file is empty"));
    return std::nullopt;
  }
  if (nodes.size() > 1) {
    problems.push_back(at(document.file, nodes[1].Mark(), "a second document begins here"));
    return std::nullopt;
  }
  return nodes.front();
}

}  // namespace

Reading read_document(std::string_view text, std::string file, const EnvLookup& env) {
  Document document{std::move(file), env, {}};
  if (const auto bad = first_bad_byte(text)) {
    document.reading.problems.push_back(
        {document.file, bad->position.line, bad->position.column, {}, bad->what});
    return std::move(document.reading);
  }
  const auto root = parse(text, document);
  if (root) read(Value::root(*root, document), document.reading.config);
  return std::move(document.reading);
}

}  // namespace wf::config
