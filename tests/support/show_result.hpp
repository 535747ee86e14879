// What Catch prints of a Result that a check is about.
#pragma once

#include <string>

#include <catch2/catch.hpp>

#include "proxy/base/error.hpp"

namespace Catch {

template <class T>
struct StringMaker<boost::system::result<T, wf::Error>> {
  static std::string convert(const boost::system::result<T, wf::Error>& result) {
    return result ? "a value" : wf::to_string(result.error());
  }
};

template <>
struct StringMaker<wf::ErrorCode> {
  static std::string convert(wf::ErrorCode code) { return std::string{wf::to_string(code)}; }
};

}  // namespace Catch
