#include "proxy/upstream/status.hpp"

namespace wf::upstream {

unsigned status_for(const Error& error) noexcept {
  switch (error.code) {
    case ErrorCode::Timeout:
      return 504;
    case ErrorCode::Unavailable:
      return 503;
    case ErrorCode::Closed:
    case ErrorCode::Reset:
    case ErrorCode::Refused:
    case ErrorCode::Unresolved:
    case ErrorCode::Malformed:
    case ErrorCode::TooLarge:
    case ErrorCode::Unsupported:
    case ErrorCode::Rejected:
    case ErrorCode::Cancelled:
    case ErrorCode::Internal:
      return 502;
  }
  return 502;
}

}  // namespace wf::upstream
