// A strict view of a YAML document: every value has a path and a position, every key that is not
// asked for is a problem, and reading goes on after a problem so that all of them are told at once.
//
//   value.read_map("a log section", [&](Map& map) {
//     map.get("level", log.level);
//   });
//
// The only header that shows yaml-cpp; included by the schema's .cpp files and no others.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "config/env.hpp"
#include "config/reading.hpp"

namespace wf::config {

/// What is shared by all values of one document. Outlives them.
struct Document {
  std::string file;
  const EnvLookup& env;
  Reading reading;
  std::size_t values = 0;  ///< looked at so far; aliases can make more than the file has bytes
  bool too_many_told = false;
};

class Map;

/// One node of the document. Cheap to copy; refers to the Document.
class Value {
 public:
  [[nodiscard]] static Value root(const YAML::Node& node, Document& document);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool is_text() const { return node_.IsScalar(); }
  [[nodiscard]] bool is_list() const { return node_.IsSequence(); }
  [[nodiscard]] bool is_map() const { return node_.IsMap(); }

  void problem(std::string what) const;
  /// Of the whole document, so far.
  [[nodiscard]] std::size_t problem_count() const noexcept;
  /// "expected <what>, found a list"
  void wrong_kind(std::string_view expected) const;
  /// "expected <what>, found "<text>"<hint>"
  void wrong_text(std::string_view expected, std::string_view text,
                  std::string_view hint = {}) const;

  /// The text with `${…}` replaced; nothing, and a problem told, if it is none.
  [[nodiscard]] std::optional<std::string> text(std::string_view expected) const;
  /// Whether the value is exactly this plain, unquoted word.
  [[nodiscard]] bool is_word(std::string_view word) const;
  /// The elements; nothing, and a problem told, if it is no list.
  [[nodiscard]] std::optional<std::vector<Value>> list(std::string_view expected) const;
  /// Calls `body(Map&)` and then tells every key that `body` did not ask for.
  template <class Body>
  void read_map(std::string_view expected, Body body) const;

 private:
  friend class Map;
  Value(const YAML::Node& node, std::string path, Position position, Document& document);
  /// `where` is the position of a value that is not there: its key's or its list's.
  [[nodiscard]] Value child(const YAML::Node& node, std::string path, Position where) const;
  /// Counts the value, remembers its place, refuses its tag: once, when it is asked for.
  void note() const;
  void problem_at(Position where, std::string path, std::string what) const;
  [[nodiscard]] bool within_bounds() const;

  YAML::Node node_;
  std::string path_;
  Position position_;
  Document* document_;
};

/// The keys of one map value. Unknown, repeated and non-text keys are problems.
class Map {
 public:
  explicit Map(const Value& value);

  /// Reads the key into `out` by `read(value, out)` if it is there; else leaves `out` alone.
  /// Returns whether the key is there.
  template <class T, class Read>
  bool get(std::string_view key, T& out, Read read) {
    const std::optional<Value> value = take(key);
    if (value) read(*value, out);
    return value.has_value();
  }
  /// The same with the usual reading of a T (see scalars.hpp).
  template <class T>
  bool get(std::string_view key, T& out) {
    return get(key, out, [](const Value& value, T& target) { read(value, target); });
  }
  /// get(), and a problem if the key is missing.
  template <class T, class Read>
  void require(std::string_view key, T& out, Read read) {
    if (!get(key, out, read)) missing(key);
  }
  template <class T>
  void require(std::string_view key, T& out) {
    if (!get(key, out)) missing(key);
  }

  /// All entries, for maps whose keys are free: (key, value).
  [[nodiscard]] std::vector<std::pair<std::string, Value>> entries();

  void tell_unknown() const;

 private:
  struct Entry {
    std::string key;
    Position position;
    Value value;
    bool asked;
  };
  [[nodiscard]] std::optional<Value> take(std::string_view key);
  void missing(std::string_view key) const;

  Value self_;
  std::vector<Entry> entries_;
  std::vector<std::string_view> known_;
};

template <class Body>
void Value::read_map(std::string_view expected, Body body) const {
  if (!is_map()) return wrong_kind(expected);
  Map map{*this};
  body(map);
  map.tell_unknown();
}

}  // namespace wf::config
