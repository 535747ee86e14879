// Field lines as text. Whatever a value comes from, no line is split (RFC 9112 §2.2; SEC-24).
#pragma once

#include <string>
#include <string_view>

#include "proxy/base/fields.hpp"

namespace wf {

/// "name: value\r\n". False, and nothing written, if the name is no token or the value holds a
/// control byte other than HTAB.
[[nodiscard]] bool append_field(std::string& out, std::string_view name, std::string_view value);

/// All of them; unsound ones are left out and counted in the result.
std::size_t append_fields(std::string& out, FieldSpan fields);

/// A field line whose value is put together where it will stand. `out` must outlive it, and is
/// appended to by this alone until `end`, which comes last.
class FieldLine {
 public:
  FieldLine(std::string& out, std::string_view name);
  FieldLine& add(std::string_view text) {
    out_ += text;
    return *this;
  }
  FieldLine& add(char c) {
    out_ += c;
    return *this;
  }
  [[nodiscard]] bool empty() const noexcept { return out_.size() == value_; }
  /// Without a value, or as append_field refuses it, nothing of it stays.
  void end();

 private:
  std::string& out_;
  std::size_t begin_;  // of the line
  std::size_t value_;  // where the value begins
};

}  // namespace wf
