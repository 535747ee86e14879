#include "config/reader.hpp"

#include <map>

#include <fmt/format.h>

#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

// A large configuration holds a tenth of this; aliases of aliases can make any number (SEC-27).
constexpr std::size_t kMostValues = 200'000;

/// yaml-cpp counts from 0 and says -1 where it does not know.
Position position_of(const YAML::Mark& mark) {
  return {mark.line < 0 ? 1 : mark.line + 1, mark.column < 0 ? 1 : mark.column + 1};
}

std::string_view kind_of(const YAML::Node& node) {
  if (node.IsScalar()) return "a text";
  if (node.IsSequence()) return "a list";
  if (node.IsMap()) return "a map";
  return "nothing";
}

/// "?" marks a plain value and "!" a quoted one; all else was written in the file (SEC-27).
bool has_own_tag(const YAML::Node& node) {
  const std::string& tag = node.Tag();
  return !tag.empty() && tag != "?" && tag != "!";
}

std::string child_path(const std::string& parent, std::string_view key) {
  bool plain = !key.empty();
  for (const char c : key) plain = plain && (ascii::is_tchar(c) && c != '.');
  const std::string shown = plain && key.size() <= 40 ? std::string{key} : quoted(key);
  return parent.empty() ? shown : parent + "." + shown;
}

/// "routes[12].cache" → "routes[].cache".
std::string without_indices(std::string_view path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) out += c;
    if (c == '[') inside = true;
  }
  return out;
}

}  // namespace

Value::Value(const YAML::Node& node, std::string path, Position position, Document& document)
    : node_(node), path_(std::move(path)), position_(position), document_(&document) {}

Value Value::root(const YAML::Node& node, Document& document) {
  Value value{node, {}, position_of(node.Mark()), document};
  value.note();
  return value;
}

void Value::note() const {
  ++document_->values;
  document_->reading.found.emplace(path_, position_);
  if (has_own_tag(node_)) problem(fmt::format("the tag {} is not allowed", quoted(node_.Tag())));
}

Value Value::child(const YAML::Node& node, std::string path, Position where) const {
  // What is not there has no place of its own.
  return Value{node, std::move(path), node.IsNull() ? where : position_of(node.Mark()), *document_};
}

bool Value::within_bounds() const {
  if (document_->values <= kMostValues) return true;
  if (!document_->too_many_told)
    problem(fmt::format("more than {} values, aliases counted each time", kMostValues));
  document_->too_many_told = true;
  return false;
}

std::size_t Value::problem_count() const noexcept { return document_->reading.problems.size(); }

void Value::problem(std::string what) const { problem_at(position_, path_, std::move(what)); }

void Value::problem_at(Position where, std::string path, std::string what) const {
  document_->reading.problems.push_back(
      {document_->file, where.line, where.column, std::move(path), std::move(what)});
}

void Value::wrong_kind(std::string_view expected) const {
  problem(fmt::format("expected {}, found {}", expected, kind_of(node_)));
}

void Value::wrong_text(std::string_view expected, std::string_view text,
                       std::string_view hint) const {
  problem(fmt::format("expected {}, found {}{}", expected, quoted(text), hint));
}

std::optional<std::string> Value::text(std::string_view expected) const {
  if (!node_.IsScalar()) {
    wrong_kind(expected);
    return std::nullopt;
  }
  auto expanded = expand(node_.Scalar(), document_->env);
  if (!expanded) {
    problem(std::move(expanded.error().what));
    return std::nullopt;
  }
  return std::move(*expanded);
}

bool Value::is_word(std::string_view word) const {
  if (!node_.IsScalar() || node_.Tag() != "?") return false;
  const auto expanded = expand(node_.Scalar(), document_->env);
  return expanded && *expanded == word;
}

std::optional<std::vector<Value>> Value::list(std::string_view expected) const {
  if (!node_.IsSequence()) {
    wrong_kind(expected);
    return std::nullopt;
  }
  std::vector<Value> values;
  for (const YAML::Node& node : node_) {
    if (!within_bounds()) return std::nullopt;
    values.push_back(child(node, fmt::format("{}[{}]", path_, values.size()), position_));
    values.back().note();
  }
  return values;
}

Map::Map(const Value& value) : self_(value) {
  std::map<std::string, int> first_lines;
  for (const auto& pair : value.node_) {
    if (!value.within_bounds()) return;
    ++value.document_->values;  // unknown keys count as well
    const Position where = position_of(pair.first.Mark());
    if (!pair.first.IsScalar()) {
      value.problem_at(where, value.path_,
                       fmt::format("expected a key, found {}", kind_of(pair.first)));
      continue;
    }
    const std::string key = pair.first.Scalar();
    const Value entry = value.child(pair.second, child_path(value.path_, key), where);
    if (has_own_tag(pair.first)) {
      value.problem_at(where, entry.path_,
                       fmt::format("the tag {} is not allowed", quoted(pair.first.Tag())));
    }
    const auto [first, is_new] = first_lines.emplace(key, where.line);
    if (is_new) {
      entries_.push_back({key, where, entry, false});
    } else {
      value.problem_at(where, entry.path_,
                       fmt::format("key given twice, first in line {}", first->second));
    }
  }
}

std::optional<Value> Map::take(std::string_view key) {
  known_.push_back(key);
  self_.document_->reading.known.insert(without_indices(child_path(self_.path_, key)));
  for (Entry& entry : entries_) {
    if (entry.key != key) continue;
    entry.asked = true;
    entry.value.note();
    return entry.value;
  }
  return std::nullopt;
}

void Map::missing(std::string_view key) const {
  self_.problem(fmt::format("the key {} is missing", quoted(key)));
}

std::vector<std::pair<std::string, Value>> Map::entries() {
  std::vector<std::pair<std::string, Value>> all;
  for (Entry& entry : entries_) {
    entry.asked = true;
    entry.value.note();
    all.emplace_back(entry.key, entry.value);
  }
  return all;
}

void Map::tell_unknown() const {
  for (const Entry& entry : entries_) {
    if (entry.asked) continue;
    const std::string hint =
        entry.key == "<<" ? ": merging maps is not supported" : suggestion(entry.key, known_);
    self_.problem_at(entry.position, entry.value.path(), "unknown key" + hint);
  }
}

}  // namespace wf::config
