// The rest of a body whose beginning came from Redis, asked of the origin.
#pragma once

#include <memory>

#include "proxy/cache/record.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// Asks for bytes `span` of `record`'s body with If-Range, so that they are of the very bytes that
/// were stored (RFC 9110 §13.1.5, §14.2). `whole`: a GET of it, without conditions. The exchange
/// stands at the first byte of the span. An error where the record has no strong entity tag, or
/// the origin answers anything but exactly that.
[[nodiscard]] net::Task<Result<std::unique_ptr<upstream::Exchange>>> open_rest(
    upstream::Pool& pool, upstream::OutgoingRequest whole, cache::RecordPtr record,
    cache::ByteSpan span);

}  // namespace wf::server
