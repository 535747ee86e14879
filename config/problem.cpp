#include "config/problem.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace wf::config {

std::string to_string(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
  text += ": ";
  if (!problem.path.empty()) text += problem.path + ": ";
  return text + problem.what;
}

void throw_exception_from_error(const std::vector<Problem>& problems,
                                const boost::source_location& /*where*/) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += to_string(problem);
  }
  throw std::runtime_error(text);
}

}  // namespace wf::config
