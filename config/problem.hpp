// What is wrong in a configuration file, and where.
#pragma once

#include <string>
#include <vector>

#include <boost/assert/source_location.hpp>

namespace wf::config {

/// A place in a text, counted from 1. Line 0: no place (the file could not be read).
struct Position {
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

/// One mistake. `what` never repeats a secret: values of URLs with user information stay out.
struct Problem {
  std::string file;
  int line = 0;
  int column = 0;
  std::string path;  ///< such as "routes[1].cache.ttl"; empty: the whole document
  std::string what;  ///< one line, with the likely word where one is near
  bool operator==(const Problem&) const = default;
};

/// `file:line:column: path: what`, without newline; absent parts are left out.
[[nodiscard]] std::string to_string(const Problem& problem);

/// Found by `boost::system::result` when a Loaded is unwrapped without a look: throws a
/// std::runtime_error that lists every problem, one per line.
[[noreturn]] void throw_exception_from_error(const std::vector<Problem>& problems,
                                             const boost::source_location& where);

}  // namespace wf::config
