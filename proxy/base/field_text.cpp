#include "proxy/base/field_text.hpp"

#include "proxy/base/ascii.hpp"

namespace wf {

bool append_field(std::string& out, std::string_view name, std::string_view value) {
  if (!ascii::is_token(name) || !ascii::is_line_safe(value)) return false;
  out.append(name).append(": ").append(value).append("\r\n");
  return true;
}

std::size_t append_fields(std::string& out, FieldSpan fields) {
  std::size_t left_out = 0;
  for (const Field& field : fields) {
    if (!append_field(out, field.name, field.value)) ++left_out;
  }
  return left_out;
}

FieldLine::FieldLine(std::string& out, std::string_view name) : out_(out), begin_(out.size()) {
  out_.append(name).append(": ");
  value_ = out_.size();
}

void FieldLine::end() {
  const std::string_view line = std::string_view{out_}.substr(begin_);
  const std::string_view name = line.substr(0, value_ - begin_ - 2);
  if (empty() || !ascii::is_token(name) || !ascii::is_line_safe(line)) {
    out_.resize(begin_);
  } else {
    out_ += "\r\n";
  }
}

}  // namespace wf
