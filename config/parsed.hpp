// The outcome of reading one value from text.
#pragma once

#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace wf::config {

/// Why a text is not the value that was expected: one line for people, without position. Made by
/// fault() only: a Fault that a text converts to could not stand beside a text in a Parsed.
struct Fault {
  Fault() = default;  // so that it is no aggregate
  std::string what;
};

[[nodiscard]] inline Fault fault(std::string what) {
  Fault made;
  made.what = std::move(what);
  return made;
}

template <class T>
using Parsed = boost::system::result<T, Fault>;

}  // namespace wf::config
