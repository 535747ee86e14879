#include "proxy/base/error.hpp"

#include <stdexcept>

namespace wf {

std::string_view to_string(Side side) noexcept {
  switch (side) {
    case Side::Client:
      return "client";
    case Side::Upstream:
      return "upstream";
    case Side::Store:
      return "store";
    case Side::Self:
      return "self";
  }
  return "?";
}

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::Timeout:
      return "timeout";
    case ErrorCode::Closed:
      return "closed";
    case ErrorCode::Reset:
      return "reset";
    case ErrorCode::Refused:
      return "refused";
    case ErrorCode::Unresolved:
      return "unresolved";
    case ErrorCode::Malformed:
      return "malformed";
    case ErrorCode::TooLarge:
      return "too-large";
    case ErrorCode::Unsupported:
      return "unsupported";
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::Rejected:
      return "rejected";
    case ErrorCode::Cancelled:
      return "cancelled";
    case ErrorCode::Internal:
      return "internal";
  }
  return "?";
}

std::string to_string(const Error& error) {
  std::string text{to_string(error.side)};
  text += ' ';
  text += to_string(error.code);
  if (!error.detail.empty()) text.append(": ").append(error.detail);
  return text;
}

void throw_exception_from_error(const Error& error, const boost::source_location& /*where*/) {
  throw std::logic_error("unread error: " + to_string(error));
}

}  // namespace wf
