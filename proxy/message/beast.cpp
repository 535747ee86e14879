// The part of Beast that is used, its HTTP/1 parser, compiled once
// (BOOST_BEAST_SEPARATE_COMPILATION). All of it (<boost/beast/src.hpp>) would bring in streams and
// WebSocket, and with them need Asio to be linked; reading messages needs neither.
#define BOOST_BEAST_SOURCE  // makes the parser's explicit instantiations

#include <boost/beast/core/detail/impl/temporary_buffer.ipp>
#include <boost/beast/core/impl/string.ipp>
#include <boost/beast/http/detail/basic_parser.ipp>
#include <boost/beast/http/detail/rfc7230.ipp>
#include <boost/beast/http/impl/basic_parser.ipp>
#include <boost/beast/http/impl/error.ipp>
#include <boost/beast/http/impl/field.ipp>
#include <boost/beast/http/impl/fields.ipp>
#include <boost/beast/http/impl/rfc7230.ipp>
#include <boost/beast/http/impl/status.ipp>
#include <boost/beast/http/impl/verb.ipp>
