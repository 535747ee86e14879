// How a body reaches everyone who reads it while it is still arriving.
//
// One writer, the fill; any number of readers, on any worker. What is kept in memory:
//
//     All       everything: a reader can start at the beginning at any time
//     Unstored  a window; what has left it can be read from the store, and readers are told so
//     Unread    what some reader still needs; the writer waits for the slowest one
//
// A small body is kept whole. One that grows beyond what memory is given for it goes on as
// Unstored if its chunks are written to Redis meanwhile, else as Unread: then it will not be
// stored, and passes through to those who read it. Memory is bounded in each of the three.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <vector>

#include "proxy/base/chunk.hpp"
#include "proxy/base/error.hpp"
#include "proxy/cache/chunk_map.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::cache {

/// Thread-safe. Must outlive its readers (both are held through the fill).
class BodyFeed {
  /// For each reader the offset of its next byte.
  using Places = std::list<std::uint64_t>;
  using Place = Places::iterator;

 public:
  /// `window`: bytes that are held once not everything is kept; more only while they are unstored.
  explicit BodyFeed(std::size_t window) : window_(window) {}
  BodyFeed(const BodyFeed&) = delete;
  BodyFeed& operator=(const BodyFeed&) = delete;

  // --- the writer's side ---

  void push(Chunk chunk);
  void finish();
  /// Readers get the error after the chunks that did arrive; never a clean end.
  void fail(Error error);
  /// What lies before `offset` can be read from the store.
  void stored(std::uint64_t offset);
  /// From now on what is stored need not be kept, but for a window.
  void keep_unstored();
  /// The body will not be stored: from now on keep only what a reader still needs. Irrevocable.
  void stop_keeping();
  /// Waits until the slowest reader is less than a window behind. False: nobody reads any more, and
  /// what comes next would be thrown away. Always true at once unless only the unread is kept.
  [[nodiscard]] net::Task<bool> wait_for_room();
  /// Everything that arrived, for the record. Only while all is kept.
  [[nodiscard]] std::vector<Chunk> chunks() const;
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] bool failed() const;
  [[nodiscard]] bool has_readers() const;

  // --- a reader's side ---

  /// What comes next: bytes, or where in the store they are; neither at the end of the body.
  struct Next {
    Chunk chunk{};
    ByteSpan stored{};
    [[nodiscard]] bool at_end() const noexcept { return chunk.empty() && stored.empty(); }
  };

  /// A reader's place in the body. Leaving is its destruction.
  class Reader {
   public:
    Reader(Reader&& other) noexcept
        : feed_(std::exchange(other.feed_, nullptr)), place_(other.place_) {}
    Reader& operator=(Reader&&) = delete;
    ~Reader() {
      if (feed_ != nullptr) feed_->leave(place_);
    }
    /// The error of a body that broke off comes after what did arrive.
    [[nodiscard]] net::Task<Result<Next>> next();
    /// So many of the stored bytes that `next` named have been read.
    void skip(std::uint64_t bytes);
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
  enum class Keep : std::uint8_t { All, Unstored, Unread };
  struct Piece {
    std::uint64_t offset;
    Chunk chunk;
    [[nodiscard]] std::uint64_t end() const noexcept { return offset + chunk.size(); }
  };

  void leave(Place place);
  void advance(Place place, std::uint64_t bytes);
  // The mutex is held in these.
  [[nodiscard]] std::uint64_t begin() const;
  [[nodiscard]] std::optional<Next> look(std::uint64_t at) const;
  void drop();

  const std::size_t window_;
  mutable std::mutex mutex_;  // guards all below; never held across a wait
  std::deque<Piece> pieces_;
  std::uint64_t size_ = 0;    // bytes that ever arrived
  std::uint64_t stored_ = 0;  // of them can be read from the store
  std::size_t held_ = 0;      // bytes in pieces_
  Places readers_;
  Keep keep_ = Keep::All;
  State state_ = State::Arriving;
  Error error_;
  net::Notifier arrived_;  // readers wait for the writer
  net::Notifier passed_;   // the writer waits for readers
};

}  // namespace wf::cache
