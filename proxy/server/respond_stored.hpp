// Answers from a record whose body may be too large to be in memory.
#pragma once

#include "proxy/server/respond.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

struct StoredAnswer {
  cache::RecordPtr record;
  StatusLine status;
  Millis age{0};
  bool own = false;  ///< the origin has just said that it is valid
};

/// What became of it.
enum class Served : std::uint8_t {
  Yes,
  Lost,  ///< nothing was sent: chunks of the body are not there any more. As good as a miss
};

/// As respond_with_record, and for a body in chunks with a bounded amount of memory: only the
/// chunks that are asked for are read, and no faster than the client takes them.
[[nodiscard]] net::Task<Result<Served>> respond_stored(Worker& worker, const Request& request,
                                                       Client& client, StoredAnswer answer);

/// The same without waiting, as far as the kernel takes it; the record is taken from `answer`.
/// False, and nothing done, if the request may want anything but the whole, or the whole is not in
/// memory.
[[nodiscard]] bool respond_at_once(const Request& request, Client& client, StoredAnswer& answer);

/// Answers with an arriving response, piece by piece: that of a Shared or NotShared fill. `head` is
/// without framing; `reader` belongs to a fill that the caller holds.
struct FeedAnswer {
  std::string head;
  const cache::FillAnswer& answer;
  cache::BodyFeed::Reader& reader;
};
[[nodiscard]] net::Task<Result<void>> respond_from_feed(Worker& worker, const Request& request,
                                                        Client& client, FeedAnswer feed);

}  // namespace wf::server
