// HTTP-date (RFC 9110 §5.6.7).
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "proxy/base/clock.hpp"

namespace wf::policy {

/// Against which a two-digit year is read where the caller has no clock: 2026-01-01.
inline constexpr UnixTime kTwoDigitYearReference{std::chrono::sys_days{std::chrono::year_month_day{
    std::chrono::year{2026}, std::chrono::January, std::chrono::day{1}}}};

/// IMF-fixdate, RFC 850 or asctime form and nothing else: GMT only, fixed widths, no text around
/// it. Letters match in any case, as RFC 9111 §4.2 asks of caches. The name of the day is not
/// compared with the date. A two-digit year more than 50 years after `now` is of the past century.
[[nodiscard]] std::optional<UnixTime> parse_http_date(
    std::string_view text, UnixTime now = kTwoDigitYearReference) noexcept;

using HttpDateBuffer = std::array<char, 29>;
/// IMF-fixdate of a time in the years 0 to 9999; the view is of `buffer`.
[[nodiscard]] std::string_view format_http_date(UnixTime time, HttpDateBuffer& buffer) noexcept;

}  // namespace wf::policy
