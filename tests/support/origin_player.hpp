// One connection of a scripted origin.
#pragma once

#include <string>

#include "tests/support/scripted_origin.hpp"

namespace wf::test {

/// Plays a script on a connection, then serves the handler until the peer leaves.
class ScriptedOrigin::Player {
 public:
  Player(ScriptedOrigin& origin, RawSocket& socket, unsigned connection)
      : origin_(origin), socket_(socket), connection_(connection) {}
  void play(const Script& script);

 private:
  /// False: the connection is over.
  [[nodiscard]] bool run(const Script& script);
  [[nodiscard]] bool step(const Script::Step& step);
  [[nodiscard]] bool read_head();
  [[nodiscard]] bool read_body();
  [[nodiscard]] bool read_chunked();
  [[nodiscard]] bool read_counted(std::uint64_t length);
  [[nodiscard]] bool read_line(std::string& line);
  [[nodiscard]] bool send(const Script::Step& step);
  [[nodiscard]] bool hold(const std::string& gate);
  void note_request();

  ScriptedOrigin& origin_;
  RawSocket& socket_;
  unsigned connection_;
  std::string unread_;
  OriginRequest request_;
};

}  // namespace wf::test
