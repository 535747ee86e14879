// From an origin's answer to a record.
#pragma once

#include <memory>

#include "proxy/cache/record.hpp"
#include "proxy/policy/storability.hpp"
#include "proxy/server/fill.hpp"

namespace wf::server {

/// The fields of an answer with a Date added if it has none (RFC 9110 §6.6.1); `date` holds its
/// text.
[[nodiscard]] std::vector<Field> with_date(FieldSpan fields, UnixTime received, std::string& date);

/// What is known when the answer's head is: everything but the body, its size and Content-Length.
[[nodiscard]] cache::Draft begin_record(Worker& worker, const FillOrder& order,
                                        const policy::ResponseFacts& response,
                                        policy::ExchangeTimes times);

/// The head for the one who asked, where it is another than the record's: the fields of private="…"
/// and no-cache="…" are his (RFC 9111 §5.2.2.4, §5.2.2.7). Else empty.
[[nodiscard]] std::string make_leaders_head(Worker& worker, const FillOrder& order,
                                            const policy::ResponseFacts& response,
                                            policy::ExchangeTimes times);

/// The same with its body, all that a record needs.
[[nodiscard]] cache::Draft complete_record(const cache::Draft& begun, std::vector<Chunk> body);

/// The same of a body of which memory has only chunk 0, `first`.
[[nodiscard]] cache::Draft complete_in_chunks(const cache::Draft& begun,
                                              const std::vector<Chunk>& first, std::uint64_t size);

/// The fields of a stored head but for the Via line of our own, which a new head is given anew.
/// Views into the record.
[[nodiscard]] std::vector<Field> stored_fields(const cache::Record& record);

/// The stale record after a 304 (RFC 9111 §4.3.4): a new head and new times, the same body.
[[nodiscard]] cache::Draft freshen_record(Worker& worker, const FillOrder& order,
                                          FieldSpan not_modified, policy::ExchangeTimes times);

/// The same answer under the language that it is in, for clients that prefer this language to all
/// others (see policy/vary). Null: it does not vary by language, or does not say its own, or lies
/// there already.
[[nodiscard]] cache::RecordPtr make_language_alias(const cache::Record& record, FieldSpan request);

/// The names by which a resource with variants is found.
[[nodiscard]] cache::RecordPtr make_vary_index(const cache::Record& record);

/// hit-for-miss: `lifetime` long nobody waits for anybody else's answer.
[[nodiscard]] cache::RecordPtr make_uncacheable(const FillOrder& order, const cache::Stamp& as_of,
                                                UnixTime now, Millis lifetime);

/// Whether the answer sends whoever asks for `key` back to it (SEC-23).
[[nodiscard]] bool leads_back(std::string_view key, const config::QueryRule& rule,
                              const policy::ResponseFacts& response);

}  // namespace wf::server
