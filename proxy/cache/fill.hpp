// One origin fetch that may store, as those who wait for it see it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/fields.hpp"
#include "proxy/cache/body_feed.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::cache {

enum class FillKind : std::uint8_t {
  Shared,     ///< an answer that may be shared: `record` is its head, the body is in the feed
  Ready,      ///< a whole record: found in Redis, or revalidated by a 304, or stale on error
  NotShared,  ///< an answer for the one who asked: `head`, and the body in the feed, are the
              ///< owner's; everybody else asks for himself
  Failed,     ///< no answer: `error`
  Abandoned,  ///< given up before an answer was known; compete again
};

/// How a Ready record came about: what Cache-Status says of it.
enum class ReadyBy : std::uint8_t { OtherProxy, Revalidation, StaleOnError };

/// The origin's part in it, for the access log. No address: it was not asked.
struct OriginTrace {
  std::string address;
  bool reused = false;
  Micros connect{0};
  Micros first_byte{0};
};

/// Decided once, immutable afterwards.
struct FillAnswer {
  FillKind kind = FillKind::Abandoned;
  RecordPtr record;
  ReadyBy ready_by = ReadyBy::OtherProxy;
  /// Status line and fields, without framing, for the one who began the fill. Empty if Shared and
  /// everybody gets the same.
  std::string private_head;
  std::optional<std::uint64_t> content_length;  ///< of the body in the feed, where it is known
  bool elsewhere = false;  ///< Shared: another proxy asked for it; nobody here leads
  OriginTrace origin;
  unsigned origin_status = 0;  ///< what the origin said (304 on revalidation); 0: was not asked
  std::string_view reason;     ///< NotShared: why it is not stored; static text
  Error error;
};

/// A 1xx other than 100 and 101, on its way to the one who began the fill (RFC 9110 §15.2).
struct InterimAnswer {
  unsigned status = 103;
  OwnedFields fields;
};

/// Thread-safe. Held by the fill itself and by everyone who follows it.
class Fill {
 public:
  static constexpr std::size_t kFeedWindow = 256U << 10U;
  static constexpr std::size_t kMaxInterim = 8;

  Fill(std::string key, Stamp as_of) : key_(std::move(key)), as_of_(as_of), feed_(kFeedWindow) {}

  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  /// What purges were known when it began: a newer one that matches forbids to join (design §7).
  [[nodiscard]] const Stamp& as_of() const noexcept { return as_of_; }
  [[nodiscard]] BodyFeed& feed() noexcept { return feed_; }

  /// The origin's part in it has begun: what it answers may be older than who comes now.
  void mark_asked() noexcept { asked_.store(true, std::memory_order_release); }
  [[nodiscard]] bool asked() const noexcept { return asked_.load(std::memory_order_acquire); }

  /// More than kMaxInterim that nobody has taken are dropped, and so are those after the answer.
  void interim(InterimAnswer interim);
  /// Takes those that came since the last call, waiting for one. None: the answer is there.
  [[nodiscard]] net::Task<std::vector<InterimAnswer>> take_interim();

  /// The first answer counts; later ones are ignored.
  void answer(FillAnswer answer);
  [[nodiscard]] bool answered() const;
  /// False once it is known to have come to nothing: who comes now had better begin anew, although
  /// its owner may still be busy with ending it.
  [[nodiscard]] bool of_use() const;
  /// The record of the answer; null: there is none, or not yet.
  [[nodiscard]] RecordPtr record() const;
  /// Its owner has done with it: with the origin, too.
  void end();
  [[nodiscard]] bool ended() const;
  /// Waits until `end`, or the deadline.
  [[nodiscard]] net::Task<void> wait_ended(net::Notifier::TimePoint deadline);
  /// Waits for the answer; null when the deadline passes first.
  [[nodiscard]] net::Task<const FillAnswer*> wait(net::Notifier::TimePoint deadline);

 private:
  const std::string key_;
  const Stamp as_of_;
  BodyFeed feed_;
  std::atomic<bool> asked_{false};
  mutable std::mutex mutex_;  // guards interim_, answer_ and ended_
  std::vector<InterimAnswer> interim_;
  std::optional<FillAnswer> answer_;
  bool ended_ = false;
  net::Notifier decided_;
};

}  // namespace wf::cache
