#include <algorithm>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include "config/reading.hpp"
#include "config/schema.hpp"
#include "config/source_text.hpp"

namespace wf::config {
namespace {

Problem at(const std::string& file, const YAML::Mark& mark, std::string what) {
  // yaml-cpp counts from 0, and from -1 where it does not know.
  return {file, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1, {}, std::move(what)};
}

/// Where a document's first value stands.
class FirstValue final : public YAML::EventHandler {
 public:
  std::optional<YAML::Mark> place;

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { see(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { see(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    see(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {
    see(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    see(mark);
  }
  void OnMapEnd() override {}

 private:
  void see(const YAML::Mark& mark) {
    if (!place) place = mark;
  }
};

/// Of the second document, if there is one. Not by YAML::LoadAll: where a document begins with
/// something that begins none, such as a comma, that makes empty documents until memory is full.
std::optional<YAML::Mark> second_document(std::string_view text) {
  std::istringstream stream{std::string{text}};
  YAML::Parser parser{stream};
  FirstValue first;
  FirstValue second;
  if (!parser.HandleNextDocument(first)) return std::nullopt;
  if (!parser.HandleNextDocument(second)) return std::nullopt;
  return second.place.value_or(YAML::Mark{});
}

/// The one document of a text, or the problem that there is none or another.
std::optional<YAML::Node> parse(std::string_view text, Document& document) {
  std::vector<Problem>& problems = document.reading.problems;
  try {
    if (const auto second = second_document(text)) {
      problems.push_back(at(document.file, *second, "a second document begins here"));
      return std::nullopt;
    }
    YAML::Node node = YAML::Load(std::string{text});
    if (node.IsDefined() && !node.IsNull()) return node;
  } catch (const YAML::Exception& error) {
    problems.push_back(at(document.file, error.mark, "not YAML: " + error.msg));
    return std::nullopt;
  }
  problems.push_back(at(document.file, YAML::Mark{}, "the file is empty"));
  return std::nullopt;
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
