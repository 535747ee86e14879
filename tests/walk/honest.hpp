// What clients may see of a proxy in which something fails: the right answer, an error that is
// told, or one that is cut where anybody can see it. Never a wrong one.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/scripted_origin.hpp"
#include "tests/walk/http_client.hpp"

namespace wf::test {

/// What the origin has at a path: 3 KB, or 300 KB below "/large".
[[nodiscard]] std::string body_of(std::string_view path);
/// The origin's handler.
[[nodiscard]] Script answer_by_path(const OriginRequest& request);

void check_honest(const Response& response, const std::string& path);
/// Two requests on one connection, two clients that want the same, and one that brings a body. Who
/// is not even let in is no failure.
void talk(std::uint16_t port, const std::string& path);
/// Afterwards everything is as if nothing had been: what is kept is whole.
void check_sound(std::uint16_t port, const std::string& path);

}  // namespace wf::test
