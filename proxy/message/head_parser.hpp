// Beast's header parser with a memory of views: nothing is copied, nothing is allocated.
//
// For one complete head in one contiguous block that HeadScan has passed. Folded lines, which Beast
// would unfold into a buffer of its own, are refused before.
#pragma once

#include <string_view>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>

#include "proxy/base/fields.hpp"

namespace wf::message {

struct StartLine {
  std::string_view method;  ///< of a request
  std::string_view target;  ///< of a request
  std::string_view reason;  ///< of a response
  unsigned status = 0;      ///< of a response
  unsigned version = 0;     ///< 10 or 11
};

template <bool IsRequest>
class HeadParser final : private boost::beast::http::basic_parser<IsRequest> {
  using Base = boost::beast::http::basic_parser<IsRequest>;
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;

 public:
  /// Fields are appended to `fields`, which must outlive the parser.
  explicit HeadParser(std::vector<Field>& fields) : fields_(fields) {}

  /// Beast's verdict on a whole head.
  [[nodiscard]] ErrorCode parse(std::string_view block) {
    ErrorCode error;
    this->header_limit(static_cast<std::uint32_t>(block.size()) + 1);
    this->body_limit(boost::none);
    this->put(boost::asio::buffer(block.data(), block.size()), error);
    return error;
  }
  [[nodiscard]] const StartLine& start_line() const noexcept { return start_; }

 private:
  void on_request_impl(boost::beast::http::verb /*verb*/, View method, View target, int version,
                       ErrorCode& /*error*/) override {
    start_.method = method;
    start_.target = target;
    start_.version = static_cast<unsigned>(version);
  }
  void on_response_impl(int status, View reason, int version, ErrorCode& /*error*/) override {
    start_.status = static_cast<unsigned>(status);
    start_.reason = reason;
    start_.version = static_cast<unsigned>(version);
  }
  void on_field_impl(boost::beast::http::field /*id*/, View name, View value,
                     ErrorCode& /*error*/) override {
    fields_.push_back({name, value});
  }
  void on_header_impl(ErrorCode& /*error*/) override {}
  // Bodies are read by BodyReader; the parser is fed the head alone.
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         ErrorCode& /*error*/) override {}
  std::size_t on_body_impl(View body, ErrorCode& /*error*/) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t /*size*/, View /*extensions*/,
                            ErrorCode& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, View body,
                                 ErrorCode& /*error*/) override {
    return body.size();
  }
  void on_finish_impl(ErrorCode& /*error*/) override {}

  std::vector<Field>& fields_;
  StartLine start_;
};

}  // namespace wf::message
