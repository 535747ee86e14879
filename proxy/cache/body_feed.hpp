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
#include <mutex>
#include <optional>
#include <vector>

#include "proxy/base/chunk.hpp"
#include "proxy/base/error.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::cache {

/// Thread-safe. Must outlive its readers (both are held through the fill).
class BodyFeed {
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

  // --- a reader's side ---

  /// A reader's place in the body. Leaving is its destruction.
  class Reader {
   public:
    Reader(Reader&& other) noexcept : feed_(std::exchange(other.feed_, nullptr)), id_(other.id_) {}
    Reader& operator=(Reader&&) = delete;
    ~Reader() {
      if (feed_ != nullptr) feed_->leave(id_);
    }
    /// The next chunk; an empty one at the end; the error of a body that broke off.
    [[nodiscard]] net::Task<Result<Chunk>> next();

   private:
    friend class BodyFeed;
    Reader(BodyFeed& feed, std::uint64_t id) : feed_(&feed), id_(id) {}
    BodyFeed* feed_;
    std::uint64_t id_;
  };

  /// Starts at the first byte; nothing if that is gone already, or if the body has broken off.
  [[nodiscard]] std::optional<Reader> join();

 private:
  enum class State : std::uint8_t { Arriving, Complete, Failed };
  struct Place {
    std::uint64_t id;
    std::uint64_t next;  // index of the next chunk
  };

  void leave(std::uint64_t id);
  void drop_passed();                 // mutex held
  std::size_t lag() const;            // mutex held: bytes that the slowest reader has before it
  Place* place_of(std::uint64_t id);  // mutex held

  const std::size_t window_;
  mutable std::mutex mutex_;  // guards all below; never held across a wait
  std::deque<Chunk> chunks_;
  std::uint64_t first_ = 0;  // index of chunks_.front()
  std::uint64_t size_ = 0;   // bytes that ever arrived
  std::vector<Place> readers_;
  std::uint64_t next_id_ = 0;
  bool keeping_ = true;
  State state_ = State::Arriving;
  Error error_;
  net::Notifier arrived_;  // readers wait for the writer
  net::Notifier passed_;   // the writer waits for readers
};

}  // namespace wf::cache
