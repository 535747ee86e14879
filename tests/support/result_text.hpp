// What Catch prints of a Result: boost's own operator<< asks for values that can be printed.
#pragma once

#include <catch2/catch.hpp>

#include <string>

#include "proxy/base/error.hpp"

namespace Catch {

template <class T>
struct StringMaker<wf::Result<T>> {
  static std::string convert(const wf::Result<T>& result) {
    return result.has_value() ? "a value" : wf::to_string(result.error());
  }
};

}  // namespace Catch
