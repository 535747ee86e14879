// Validators, conditional requests and what freshens a stored response (RFC 9110 §8.8, §13;
// RFC 9111 §3.2, §4.3).
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/base/clock.hpp"
#include "proxy/base/fields.hpp"
#include "proxy/policy/facts.hpp"

namespace wf::policy {

/// RFC 9110 §8.8.3.2: both strong and the same.
[[nodiscard]] bool strong_match(std::string_view etag, std::string_view other) noexcept;
/// The same opaque tag, weak or strong. A malformed tag matches only its own bytes.
[[nodiscard]] bool weak_match(std::string_view etag, std::string_view other) noexcept;

enum class Precondition : std::uint8_t {
  Proceed,      ///< answer in full
  NotModified,  ///< 304
  Failed,       ///< 412
};

/// The client's own conditions against a stored response that is about to be used (RFC 9110 §13.2.2
/// as RFC 9111 §4.3.2 limits it for caches): If-None-Match, and only without it If-Modified-Since
/// for GET and HEAD. Without Last-Modified the stored Date is compared. Conditions on a stored
/// status other than 200 and 206 are not evaluated. `now` reads two-digit years.
[[nodiscard]] Precondition evaluate_preconditions(const RequestFacts& request, unsigned status,
                                                  FieldSpan stored, UnixTime now) noexcept;

/// If-None-Match and If-Modified-Since for revalidating the stored response (RFC 9111 §4.3.1);
/// empty if it has no validator.
[[nodiscard]] OwnedFields conditional_fields(FieldSpan stored);

/// Whether a 304 that answers our own conditional request is about this stored response (§4.3.4).
/// One strong validator in common is enough; a 304 with a strong validator and none in common is
/// not. A 304 without any validator is taken to mean the only response that was asked about.
[[nodiscard]] bool not_modified_selects(FieldSpan stored, FieldSpan not_modified) noexcept;

/// The stored fields after a 304 or a HEAD (§3.2): each field that came replaces all stored lines
/// of its name. Never replaced: what frames, codes or sums up the stored body (Content-Length,
/// Content-Encoding, Content-Range, Transfer-Encoding, Content-MD5, Content-Digest: §3.2 allows
/// that "to ensure integrity of the stored response") and what belongs to one connection. The
/// stored Age is dropped in any case: it was another exchange's. `fresh` has a Date, if need be the
/// recipient's own.
[[nodiscard]] OwnedFields merge_not_modified(FieldSpan stored, FieldSpan fresh);

/// What a response to HEAD does to the stored response to GET of the same key (§4.3.5).
enum class HeadEffect : std::uint8_t {
  None,    ///< not a 200: says nothing
  Update,  ///< merge_not_modified
  Stale,   ///< the representation changed: treat the stored one as stale
};
[[nodiscard]] HeadEffect head_effect(FieldSpan stored, unsigned head_status,
                                     FieldSpan head) noexcept;

/// Whether a field of the stored response is sent in a 304 (RFC 9110 §15.4.5): everything but what
/// describes the representation that is not sent.
[[nodiscard]] bool sent_in_not_modified(std::string_view name) noexcept;

/// Whether the Last-Modified of a message is a strong validator: its Date is at least one second
/// later (RFC 9110 §8.8.2.2).
[[nodiscard]] bool has_strong_last_modified(FieldSpan fields) noexcept;

}  // namespace wf::policy
