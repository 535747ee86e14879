#include "config/scalars.hpp"

#include "config/names.hpp"
#include "config/units.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {

void read(const Value& value, bool& out) {
  // YAML 1.1 had eleven words for each of the two; two are enough.
  constexpr std::array<std::pair<std::string_view, bool>, 2> kWords{
      {{"true", true}, {"false", false}}};
  read_choice(value, out, kWords);
}

void read(const Value& value, std::string& out) {
  auto text = value.text("a text");
  if (!text) return;
  if (text->empty()) return value.problem("must not be empty");
  out = std::move(*text);
}

void read(const Value& value, milliseconds& out) {
  read_parsed(value, out, "a duration such as 5m", parse_duration);
}

void read(const Value& value, Bytes& out) {
  read_parsed(value, out, "a size such as 64MiB",
              [](std::string_view text) { return parse_size(text); });
}

void read(const Value& value, std::vector<std::string>& out) {
  read_texts(value, out, [](std::string text) -> Parsed<std::string> {
    if (text.empty()) return fault("must not be empty");
    return text;
  });
}

void read_positive(const Value& value, milliseconds& out) {
  milliseconds duration{1};  // stays if the value cannot be read
  const std::size_t before = value.problem_count();
  read(value, duration);
  if (duration.count() == 0) return value.problem("must be more than 0");
  if (value.problem_count() == before) out = duration;
}

void read_positive(const Value& value, Bytes& out) {
  Bytes size{1};  // as above
  const std::size_t before = value.problem_count();
  read(value, size);
  if (size.count == 0) return value.problem("must be more than 0");
  if (value.problem_count() == before) out = size;
}

void read_percent(const Value& value, unsigned& out) {
  read_parsed(value, out, "a percentage", parse_percent);
}

void read_name(const Value& value, std::string& out) {
  read_parsed(value, out, "a name", parse_name);
}

void read_number(const Value& value, unsigned& out, Range range) {
  const std::string expected =
      range.most == std::numeric_limits<unsigned>::max()
          ? fmt::format("a whole number from {}", range.least)
          : fmt::format("a whole number from {} to {}", range.least, range.most);
  const auto text = value.text(expected);
  if (!text) return;
  const auto found = ascii::parse_uint(*text);
  if (!found || *found < range.least || *found > range.most) {
    return value.wrong_text(expected, *text);
  }
  out = static_cast<unsigned>(*found);
}

}  // namespace wf::config
