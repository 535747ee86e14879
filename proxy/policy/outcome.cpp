#include "proxy/policy/outcome.hpp"

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

/// RFC 8941 §3.3.4: a token begins with a letter or '*' and may hold ':' and '/'.
bool is_sf_token(std::string_view text) noexcept {
  if (text.empty() || !(ascii::is_alpha(text.front()) || text.front() == '*')) return false;
  for (const char c : text) {
    if (!ascii::is_tchar(c) && c != ':' && c != '/') return false;
  }
  return true;
}

/// RFC 8941 §3.3.3: printable ASCII, with '"' and '\' escaped.
void append_sf_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= 0x20 && c < 0x7f ? c : '?';
  }
  out += '"';
}

void append_token_or_string(std::string_view text, std::string& out) {
  if (is_sf_token(text)) {
    out += text;
  } else {
    append_sf_string(text, out);
  }
}

void append_details(const CacheStatusParts& parts, std::string& out) {
  if (!parts.hit && parts.fwd_status != 0) {
    out.append("; fwd-status=").append(std::to_string(parts.fwd_status));
  }
  if (parts.ttl) out.append("; ttl=").append(std::to_string(*parts.ttl));
  if (!parts.hit && parts.stored) out += "; stored";
  if (!parts.hit && parts.collapsed) out += "; collapsed";
  if (!parts.key.empty()) {
    out += "; key=";
    append_sf_string(parts.key, out);
  }
  if (!parts.detail.empty()) {
    out += "; detail=";
    append_token_or_string(parts.detail, out);
  }
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::HitFresh:
      return "hit";
    case Outcome::HitStale:
      return "hit-stale";
    case Outcome::HitStaleOnError:
      return "hit-stale-on-error";
    case Outcome::Revalidated:
      return "revalidated";
    case Outcome::Miss:
      return "miss";
    case Outcome::Followed:
      return "followed";
    case Outcome::HitForMiss:
      return "hit-for-miss";
    case Outcome::Bypass:
      return "bypass";
    case Outcome::OnlyIfCached:
      return "only-if-cached";
    case Outcome::Refused:
      return "refused";
    case Outcome::NoRoute:
      return "no-route";
    case Outcome::Tunnel:
      return "tunnel";
    case Outcome::ClientGone:
      return "client-gone";
    case Outcome::UpstreamError:
      return "upstream-error";
    case Outcome::UpstreamTimeout:
      return "upstream-timeout";
    case Outcome::Overloaded:
      return "overloaded";
    case Outcome::RateLimited:
      return "rate-limited";
    case Outcome::InternalError:
      return "internal-error";
  }
  return "?";
}

bool is_hit(Outcome outcome) noexcept {
  return outcome == Outcome::HitFresh || outcome == Outcome::HitStale ||
         outcome == Outcome::HitStaleOnError;
}

std::string_view to_string(ForwardReason reason) noexcept {
  switch (reason) {
    case ForwardReason::None:
      return "";
    case ForwardReason::Bypass:
      return "bypass";
    case ForwardReason::Method:
      return "method";
    case ForwardReason::UriMiss:
      return "uri-miss";
    case ForwardReason::VaryMiss:
      return "vary-miss";
    case ForwardReason::Miss:
      return "miss";
    case ForwardReason::Request:
      return "request";
    case ForwardReason::Stale:
      return "stale";
    case ForwardReason::Partial:
      return "partial";
  }
  return "";
}

void append_cache_status(std::string& out, const CacheStatusParts& parts,
                         config::CacheStatusDetail detail) {
  if (detail == config::CacheStatusDetail::Off) return;
  append_token_or_string(parts.cache, out);
  if (parts.hit) {
    out += "; hit";
  } else if (parts.fwd != ForwardReason::None) {
    out.append("; fwd=").append(to_string(parts.fwd));
  }
  if (detail == config::CacheStatusDetail::Full) append_details(parts, out);
}

}  // namespace wf::policy
