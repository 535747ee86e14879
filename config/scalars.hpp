// How single values are read. `read(value, out)` leaves `out` alone where it tells a problem.
#pragma once

#include <array>
#include <chrono>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "config/reader.hpp"
#include "config/wording.hpp"

namespace wf::config {

void read(const Value& value, bool& out);
void read(const Value& value, std::string& out);
void read(const Value& value, milliseconds& out);
void read(const Value& value, Bytes& out);
void read(const Value& value, std::vector<std::string>& out);

/// More than 0.
void read_positive(const Value& value, milliseconds& out);
void read_positive(const Value& value, Bytes& out);
/// 0 to 100, with or without "%".
void read_percent(const Value& value, unsigned& out);
/// 1 to 64 letters, digits, "_", "-" and ".": for names that logs and metrics show.
void read_name(const Value& value, std::string& out);

struct Range {
  unsigned least = 0;
  unsigned most = std::numeric_limits<unsigned>::max();
};
/// A whole number within the range.
void read_number(const Value& value, unsigned& out, Range range);

/// A reader for whole numbers within the range.
[[nodiscard]] inline auto number(Range range) {
  return [range](const Value& value, unsigned& out) { read_number(value, out, range); };
}

/// A list of texts, each of which `check(text)` → Parsed<std::string> turns into its final form.
template <class Check>
void read_texts(const Value& value, std::vector<std::string>& out, Check check) {
  const auto elements = value.list("a list of texts");
  if (!elements) return;
  out.clear();
  for (const Value& element : *elements) {
    const auto text = element.text("a text");
    if (!text) continue;
    auto checked = check(*text);
    if (checked) {
      out.push_back(std::move(*checked));
    } else {
      element.problem(std::move(checked.error().what));
    }
  }
}

/// A text that `parse(text)` → Parsed<T> understands.
template <class T, class Parse>
void read_parsed(const Value& value, T& out, std::string_view expected, Parse parse) {
  const auto text = value.text(expected);
  if (!text) return;
  auto parsed = parse(*text);
  if (parsed) {
    out = std::move(*parsed);
  } else {
    value.problem(std::move(parsed.error().what));
  }
}

/// One of a few words.
template <class T, std::size_t N>
void read_choice(const Value& value, T& out,
                 const std::array<std::pair<std::string_view, T>, N>& choices) {
  std::array<std::string_view, N> words;
  for (std::size_t i = 0; i < N; ++i) words[i] = choices[i].first;
  const auto text = value.text(one_of(words));
  if (!text) return;
  for (const auto& [word, meaning] : choices) {
    if (word == *text) {
      out = meaning;
      return;
    }
  }
  value.wrong_text(one_of(words), *text, suggestion(*text, words));
}

/// The word for "as if the key were not there", which lets `proxy.yaml` and `${NAME:-unset}` spell
/// settings that have no default value. Quoted, it is a text like any other.
constexpr std::string_view kUnset = "unset";

/// A reader for an optional setting: `unset`, or what `read_value` reads.
template <class T, class Read>
[[nodiscard]] auto optionally(Read read_value) {
  return [read_value](const Value& value, std::optional<T>& out) {
    out.reset();
    if (value.is_word(kUnset)) return;
    T target{};
    const std::size_t before = value.problem_count();
    read_value(value, target);
    if (value.problem_count() == before) out = std::move(target);
  };
}

template <class T>
void read(const Value& value, std::optional<T>& out) {
  optionally<T>([](const Value& v, T& target) { read(v, target); })(value, out);
}

}  // namespace wf::config
