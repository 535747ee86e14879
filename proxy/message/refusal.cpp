#include "proxy/message/refusal.hpp"

namespace wf::message {

std::string_view to_string(Rule rule) noexcept {
  switch (rule) {
    case Rule::F1:
      return "F1";
    case Rule::F2:
      return "F2";
    case Rule::F3:
      return "F3";
    case Rule::F4:
      return "F4";
    case Rule::F5:
      return "F5";
    case Rule::F6:
      return "F6";
    case Rule::F7:
      return "F7";
    case Rule::F8:
      return "F8";
    case Rule::F9:
      return "F9";
    case Rule::F10:
      return "F10";
    case Rule::F11:
      return "F11";
    case Rule::F12:
      return "F12";
    case Rule::F13:
      return "F13";
    case Rule::Version:
      return "version";
    case Rule::R1:
      return "R1";
    case Rule::R2:
      return "R2";
    case Rule::R3:
      return "R3";
    case Rule::R4:
      return "R4";
    case Rule::R5:
      return "R5";
    case Rule::R6:
      return "R6";
    case Rule::R7:
      return "R7";
    case Rule::R10:
      return "R10";
    case Rule::R8:
      return "R8";
    case Rule::R9:
      return "R9";
  }
  return "?";
}

}  // namespace wf::message
