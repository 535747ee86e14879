// Answers: from a record, from a fill that is under way, and of our own.
#pragma once

#include "proxy/cache/fill.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/message/refusal.hpp"
#include "proxy/policy/outcome.hpp"
#include "proxy/policy/range.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/server/exchange.hpp"

namespace wf::server {

/// What Cache-Status says beyond the outcome; `cache` is our pseudonym.
struct StatusLine {
  policy::CacheStatusParts parts;
  config::CacheStatusDetail detail = config::CacheStatusDetail::Full;
};

/// "Cache-Status: …\r\n", or nothing where the configuration says so.
void append_status_field(std::string& out, const StatusLine& status);

/// Answers with a stored response that is in memory: whole, a range of it, 304 or 416, as the
/// request asks (RFC 9110 §13.2.2, §14; RFC 9111 §4).
[[nodiscard]] net::Task<Result<void>> respond_with_record(const Request& request, Client& client,
                                                          cache::RecordPtr record,
                                                          StatusLine status, Millis age);

/// The ranges of the record that the request asks for; Ignore: the whole.
[[nodiscard]] policy::RangeDecision decide_ranges(const Request& request,
                                                  const cache::Record& record);

/// Whether the client's own condition makes a 304 of this response.
[[nodiscard]] bool not_modified(const Request& request, const cache::Record& record);

/// A 304 for it.
[[nodiscard]] net::Task<Result<void>> respond_not_modified(Client& client, cache::RecordPtr record,
                                                           StatusLine status, Millis age);

/// Age where it is due, and Cache-Status.
void set_extra(std::string& extra, const StatusLine& status, Millis age);

/// An answer of our own: a short JSON body that says what went wrong, and on whose side.
struct OwnAnswer {
  unsigned status = 500;
  Side side = Side::Self;
  std::string_view what;
  policy::Outcome outcome = policy::Outcome::InternalError;
  unsigned retry_after = 1;  ///< seconds, of a 429 or 503
};
/// What the client is told when an exchange failed.
[[nodiscard]] OwnAnswer own_answer_for(const Error& error);

[[nodiscard]] net::Task<Result<void>> respond_error(Client& client, OwnAnswer answer,
                                                    StatusLine status);

/// The JSON body of an OwnAnswer.
[[nodiscard]] std::string error_body(const OwnAnswer& answer);

}  // namespace wf::server
