// A client as simple as can be: one blocking connection, requests as text, answers read to their
// end. It shares no code with the proxy, and says how an answer ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/fields.hpp"
#include "tests/support/raw_socket.hpp"

namespace wf::test {

/// How much of an answer came.
enum class End : std::uint8_t {
  Whole,  ///< what its framing announced
  Cut,    ///< the connection ended or broke before that
  Late,   ///< nothing more came for HttpClient::kPatience: a hang
};

struct Response {
  unsigned status = 0;  ///< 0: no head came
  OwnedFields fields{};
  std::string body{};               ///< decoded
  std::vector<unsigned> interim{};  ///< status codes of 1xx answers before it
  End end = End::Cut;

  [[nodiscard]] bool whole() const noexcept { return end == End::Whole; }
  /// The first field of that name; empty if there is none.
  [[nodiscard]] std::string_view field(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  /// X-Serial: which answer of the scripted origin this is; 0: none of them.
  [[nodiscard]] unsigned serial() const;
  /// Whether Cache-Status has that parameter or word: "hit", "fwd=stale", "detail=redis".
  [[nodiscard]] bool says(std::string_view word) const;
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  OwnedFields fields{};  ///< Host and Content-Length are added unless given
  std::string body{};
};
[[nodiscard]] std::string to_text(const ClientRequest& request);

/// Kept alive between requests. Movable; not thread-safe.
class HttpClient {
 public:
  /// For a hang, not for order: a test that waits so long has failed.
  static constexpr int kPatience = 20;  // seconds
  /// Host of every request that names none.
  static constexpr std::string_view kHost = "api.test";

  /// Connects to 127.0.0.1. Throws std::system_error.
  explicit HttpClient(std::uint16_t port);

  /// One exchange.
  Response ask(const ClientRequest& request);
  Response get(std::string target, OwnedFields fields = {});

  /// False: the connection takes no more. Errors also show in what is read.
  bool send(std::string_view bytes) { return socket_.write(bytes); }
  bool send(const ClientRequest& request);
  /// The whole next answer. `method`: of the request that it answers.
  Response read(std::string_view method = "GET");

  /// Piece by piece: the head, and then body until `at_least` decoded bytes of it are there; fewer
  /// only at its end. `read_rest` goes on to the end.
  Response read_head(std::string_view method = "GET");
  void read_body(Response& response, std::size_t at_least);
  void read_rest(Response& response);

  /// Waits until the proxy ends the connection; false if it sends something instead.
  [[nodiscard]] bool ended();
  /// Whether something to read is there now, be it the end.
  [[nodiscard]] bool readable() const;
  void half_close() const noexcept { socket_.half_close(); }
  void close() noexcept { socket_.close(); }
  /// Leaves with RST.
  void reset() noexcept { socket_.reset(); }
  [[nodiscard]] int fd() const noexcept { return socket_.fd(); }

 private:
  enum class Framing : std::uint8_t { None, Length, Chunked, UntilClose };
  enum class Got : std::uint8_t { Bytes, End, Broken, Late };

  [[nodiscard]] Got receive();
  [[nodiscard]] bool receive_or_cut(Response& response);
  [[nodiscard]] bool read_line(Response& response, std::string& line);
  [[nodiscard]] bool read_one_head(Response& response);
  void choose_framing(const Response& response, std::string_view method);
  /// Decodes what there is, or receives; false: the answer has ended.
  [[nodiscard]] bool step(Response& response);
  [[nodiscard]] bool next_chunk(Response& response);

  RawSocket socket_;
  std::string unread_;
  Framing framing_ = Framing::None;
  std::uint64_t remaining_ = 0;  // of the body or the chunk
};

/// One request on a connection of its own.
Response get(std::uint16_t port, std::string target, OwnedFields fields = {});
Response ask(std::uint16_t port, const ClientRequest& request);

}  // namespace wf::test
