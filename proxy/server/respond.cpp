#include "proxy/server/respond.hpp"

#include <chrono>

#include <fmt/format.h>

#include "proxy/message/write.hpp"
#include "proxy/observe/access_log.hpp"
#include "proxy/policy/partial.hpp"
#include "proxy/policy/validation.hpp"
#include "proxy/server/parts.hpp"
#include "proxy/server/ranges.hpp"
#include "proxy/upstream/status.hpp"

namespace wf::server {

namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

/// The stored head as that of a 304 (RFC 9110 §15.4.5).
std::string not_modified_head(FieldSpan stored) {
  std::string head;
  message::append_status_line(head, 304);
  for (const Field& field : stored) {
    if (policy::sent_in_not_modified(field.name)) {
      static_cast<void>(message::append_field(head, field.name, field.value));
    }
  }
  return head;
}

/// Only a GET of a stored 200, or part of one, has ranges (RFC 9110 §14.2).
bool wants_range(const Request& request, const cache::Record& record) {
  return request.facts.range && request.method() == policy::Method::Get &&
         (record.facts.status == 200 || is_part(record));
}

}  // namespace

policy::RangeDecision decide_ranges(const Request& request, const cache::Record& record) {
  if (!wants_range(request, record)) return {};
  const std::vector<Field> stored = cache::head_fields(record);
  return policy::ranges_within(extent_of(record), request.facts.fields, stored);
}

void append_status_field(std::string& out, const StatusLine& status) {
  if (status.detail == config::CacheStatusDetail::Off) return;
  out += "Cache-Status: ";
  policy::append_cache_status(out, status.parts, status.detail);
  out += "\r\n";
}

void set_extra(std::string& extra, const StatusLine& status, Millis age) {
  extra.clear();
  const std::int64_t seconds = std::chrono::floor<Seconds>(age).count();
  if (status.parts.hit || seconds > 0) {
    message::append_number_field(extra, "Age",
                                 static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0)));
  }
  append_status_field(extra, status);
}

bool not_modified(const Request& request, const cache::Record& record) {
  if (!request.facts.conditional) return false;
  const std::vector<Field> stored = cache::head_fields(record);
  return policy::evaluate_preconditions(request.facts, record.facts.status, stored,
                                        record.facts.born) == policy::Precondition::NotModified;
}

net::Task<Result<void>> respond_not_modified(Client& client, cache::RecordPtr record,
                                             StatusLine status, Millis age) {
  set_extra(client.keys.extra, status, age);
  const std::string head = not_modified_head(cache::head_fields(*record));
  co_return co_await client.out.send(head, client.keys.extra, {});
}

net::Task<Result<void>> respond_with_record(const Request& request, Client& client,
                                            cache::RecordPtr record, StatusLine status,
                                            Millis age) {
  if (not_modified(request, *record)) {
    co_return co_await respond_not_modified(client, std::move(record), status, age);
  }
  set_extra(client.keys.extra, status, age);
  const policy::RangeDecision ranges = decide_ranges(request, *record);
  if (ranges.outcome != policy::RangeOutcome::Ignore) {
    const RangeAnswer answer = make_range_answer(*record, cache::head_fields(*record), ranges);
    const std::vector<Chunk> body = slices(*record, answer);
    co_return co_await client.out.send(answer.head, client.keys.extra, BodyView{body});
  }
  co_return co_await client.out.send(record->head(), client.keys.extra, record->body());
}

std::string error_body(const OwnAnswer& answer) {
  std::string text = fmt::format(R"({{"status":{},"error":)", answer.status);
  observe::append_json_string(text, message::reason_phrase(answer.status));
  text += R"(,"side":)";
  observe::append_json_string(text, to_string(answer.side));
  text += R"(,"detail":)";
  observe::append_json_string(text, answer.what);
  text += "}\n";
  return text;
}

namespace {

OwnAnswer answer_for_body(ErrorCode code) {
  constexpr auto kRefused = policy::Outcome::Refused;
  if (code == ErrorCode::Timeout) {
    return {408, Side::Client, "the request's body did not arrive in time", kRefused};
  }
  if (code == ErrorCode::TooLarge) {
    return {413, Side::Client, "the request's body is too large", kRefused};
  }
  if (code == ErrorCode::Malformed) {
    return {400, Side::Client, "the request's body is malformed", kRefused};
  }
  return {400, Side::Client, "the request's body did not arrive whole",
          policy::Outcome::ClientGone};
}

/// For the log, where nothing else said what the matter was.
ErrorCode code_for(unsigned status) {
  switch (status) {
    case 408:
      return ErrorCode::Timeout;
    case 413:
    case 414:
    case 429:
    case 431:
      return ErrorCode::TooLarge;
    case 404:
    case 501:
    case 505:
      return ErrorCode::Unsupported;
    case 504:
      return ErrorCode::Unavailable;
    default:
      return ErrorCode::Malformed;
  }
}

}  // namespace

OwnAnswer own_answer_for(const Error& error) {
  if (error.side == Side::Client) return answer_for_body(error.code);
  OwnAnswer answer;
  answer.side = error.side;
  answer.status = upstream::status_for(error);
  answer.what = to_string(error.code);
  answer.outcome = answer.status == 504   ? policy::Outcome::UpstreamTimeout
                   : answer.status == 503 ? policy::Outcome::Overloaded
                                          : policy::Outcome::UpstreamError;
  return answer;
}

net::Task<Result<void>> respond_error(Client& client, OwnAnswer answer, StatusLine status) {
  client.log.outcome = answer.outcome;
  if (!client.log.error) {
    client.log.set_error(
        {code_for(answer.status), answer.side, Retry::No, std::string{answer.what}});
  }
  if (client.out.started()) {
    client.out.close_after();
    co_return Result<void>{};
  }
  if (!client.input.body_done()) client.out.close_after();
  // Who was too slow is told so; for that the connection has to live a little longer.
  client.input.stream().revive();
  const std::string body = error_body(answer);
  std::string head;
  message::append_status_line(head, answer.status);
  head += kJson;
  message::append_number_field(head, "Content-Length", body.size());
  // Nobody may keep what we say of a failure (SEC-07).
  head += "Cache-Control: no-store\r\n";
  if (answer.status == 503 || answer.status == 429) {
    message::append_number_field(head, "Retry-After", std::uint64_t{answer.retry_after});
  }
  append_status_field(head, status);
  const Chunk chunk = Chunk::copy_of(body);
  co_return co_await client.out.send(head, {}, BodyView{chunk.view()});
}

}  // namespace wf::server
