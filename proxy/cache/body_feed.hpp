// How a body reaches everyone who reads it while it is still arriving.
//
// One writer, the fill; any number of readers, on any worker. While the body may still be stored,
// every chunk is kept and a reader can start at the beginning at any time; the writer waits for
// nobody, since a storable body is bounded. Once it is known that it will not be stored, chunks
// that every reader has passed are dropped, and the writer waits for the slowest reader, so that
// memory stays bounded whatever the length of the body.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <vector>

#include "proxy/base/chunk.hpp"
#include "proxy/base/error.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::cache {

/// Thread-safe. Must outlive its readers (both are held through the fill).
class BodyFeed {
  /// For each reader the index of its next chunk.
  using Places = std::list<std::uint64_t>;
  using Place = Places::iterator;

 public:
  /// `window`: bytes that the writer may be ahead of the slowest reader once chunks are dropped.
  explicit BodyFeed(std::size_t window) : window_(window) {}
  BodyFeed(const BodyFeed&) = delete;
  BodyFeed& operator=(const BodyFeed&) = delete;

  // --- the writer's side ---

  void push(Chunk chunk);
  void finish();
  /// Readers get the error after the chunks that did arrive; never a clean end.
  void fail(Error error);
  /// The body will not be stored: from now on keep only what a reader still needs. Irrevocable.
  void stop_keeping();
  /// Waits until the slowest reader is less than a window behind. False: nobody reads any more, and
  /// what comes next would be thrown away. Always true at once while chunks are kept.
  [[nodiscard]] net::Task<bool> wait_for_room();
  /// Everything that arrived, for the record. Only while chunks are kept.
  [[nodiscard]] std::vector<Chunk> chunks() const;
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] bool failed() const;

  // --- a reader's side ---

  /// A reader's place in the body. Leaving is its destruction.
  class Reader {
   public:
    Reader(Reader&& other) noexcept
        : feed_(std::exchange(other.feed_, nullptr)), place_(other.place_) {}
    Reader& operator=(Reader&&) = delete;
    ~Reader() {
      if (feed_ != nullptr) feed_->leave(place_);
    }
    /// The next chunk; an empty one at the end; the error of a body that broke off.
    [[nodiscard]] net::Task<Result<Chunk>> next();
    /// Whether `next` has something to say at once.
    [[nodiscard]] bool ready() const;

   private:
    friend class BodyFeed;
    Reader(BodyFeed& feed, Place place) : feed_(&feed), place_(place) {}
    BodyFeed* feed_;
    Place place_;
  };

  /// Starts at the first byte; nothing if that is gone already, or if the body has broken off or
  /// is about to, since nobody reads what is no longer kept: a newcomer had better ask anew.
  [[nodiscard]] std::optional<Reader> join();

 private:
  enum class State : std::uint8_t { Arriving, Complete, Failed };

  void leave(Place place);
  void drop_passed();  // mutex held

  const std::size_t window_;
  mutable std::mutex mutex_;  // guards all below; never held across a wait
  std::deque<Chunk> chunks_;
  std::uint64_t first_ = 0;  // index of chunks_.front()
  std::uint64_t size_ = 0;   // bytes that ever arrived
  std::size_t held_ = 0;     // bytes in chunks_: once dropping, what the slowest has before it
  Places readers_;
  bool keeping_ = true;
  State state_ = State::Arriving;
  Error error_;
  net::Notifier arrived_;  // readers wait for the writer
  net::Notifier passed_;   // the writer waits for readers
};

}  // namespace wf::cache
