#include "proxy/policy/http_date.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>

#include "proxy/base/ascii.hpp"

namespace wf::policy {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  int year = 0;
  bool two_digit_year = false;
  unsigned month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// Takes a fixed format off the front of a text, letters in any case.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  bool text(std::string_view expected) noexcept {
    if (!ascii::iequals(rest_.substr(0, expected.size()), expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool number(std::size_t digits, int& out) noexcept {
    const auto value = ascii::parse_uint(rest_.substr(0, digits));
    if (rest_.size() < digits || !value) return false;
    out = static_cast<int>(*value);
    rest_.remove_prefix(digits);
    return true;
  }

  bool name(std::span<const std::string_view> names, unsigned& index) noexcept {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!text(names[i])) continue;
      index = static_cast<unsigned>(i);
      return true;
    }
    return false;
  }

  bool any_of(std::span<const std::string_view> names) noexcept {
    unsigned ignored = 0;
    return name(names, ignored);
  }

  bool time(Parts& out) noexcept {
    return number(2, out.hour) && text(":") && number(2, out.minute) && text(":") &&
           number(2, out.second);
  }

  /// A day of two places, the first of which may be a space.
  bool padded_day(Parts& out) noexcept {
    return text(" ") ? number(1, out.day) : number(2, out.day);
  }

 private:
  std::string_view rest_;
};

std::optional<Parts> imf_fixdate(std::string_view text) noexcept {
  Scanner in{text};
  Parts out;
  const bool ok = in.any_of(kDays) && in.text(", ") && in.number(2, out.day) && in.text(" ") &&
                  in.name(kMonths, out.month) && in.text(" ") && in.number(4, out.year) &&
                  in.text(" ") && in.time(out) && in.text(" GMT") && in.at_end();
  return ok ? std::optional{out} : std::nullopt;
}

std::optional<Parts> rfc850_date(std::string_view text) noexcept {
  Scanner in{text};
  Parts out;
  out.two_digit_year = true;
  const bool ok = in.any_of(kLongDays) && in.text(", ") && in.number(2, out.day) && in.text("-") &&
                  in.name(kMonths, out.month) && in.text("-") && in.number(2, out.year) &&
                  in.text(" ") && in.time(out) && in.text(" GMT") && in.at_end();
  return ok ? std::optional{out} : std::nullopt;
}

std::optional<Parts> asctime_date(std::string_view text) noexcept {
  Scanner in{text};
  Parts out;
  const bool ok = in.any_of(kDays) && in.text(" ") && in.name(kMonths, out.month) && in.text(" ") &&
                  in.padded_day(out) && in.text(" ") && in.time(out) && in.text(" ") &&
                  in.number(4, out.year) && in.at_end();
  return ok ? std::optional{out} : std::nullopt;
}

int full_year(int two_digits, UnixTime now) noexcept {
  const year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  const int this_year{today.year()};
  const int candidate = this_year - this_year % 100 + two_digits;
  return candidate > this_year + 50 ? candidate - 100 : candidate;
}

std::optional<UnixTime> to_time(const Parts& parts, UnixTime now) noexcept {
  const int y = parts.two_digit_year ? full_year(parts.year, now) : parts.year;
  const year_month_day date{year{y}, month{parts.month + 1}, day{static_cast<unsigned>(parts.day)}};
  // 60 is a leap second (RFC 9110 §5.6.7).
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
  return sys_days{date} + std::chrono::hours{parts.hour} + std::chrono::minutes{parts.minute} +
         Seconds{parts.second};
}

void put_number(char* at, std::size_t digits, int value) noexcept {
  for (std::size_t i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<UnixTime> parse_http_date(std::string_view text, UnixTime now) noexcept {
  for (const auto form : {imf_fixdate, rfc850_date, asctime_date}) {
    if (const auto parts = form(text)) return to_time(*parts, now);
  }
  return std::nullopt;
}

std::string_view format_http_date(UnixTime time, HttpDateBuffer& buffer) noexcept {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const year_month_day date{days};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<Seconds>(time - days)};
  constexpr std::string_view kShape = "Sun, 00 Jan 0000 00:00:00 GMT";
  std::copy(kShape.begin(), kShape.end(), buffer.begin());
  char* const at = buffer.data();
  const auto& weekday = kDays[std::chrono::weekday{days}.c_encoding()];
  const auto& name = kMonths[unsigned{date.month()} - 1];
  std::copy(weekday.begin(), weekday.end(), at);
  put_number(at + 5, 2, static_cast<int>(unsigned{date.day()}));
  std::copy(name.begin(), name.end(), at + 8);
  put_number(at + 12, 4, int{date.year()});
  put_number(at + 17, 2, static_cast<int>(clock.hours().count()));
  put_number(at + 20, 2, static_cast<int>(clock.minutes().count()));
  put_number(at + 23, 2, static_cast<int>(clock.seconds().count()));
  return {buffer.data(), buffer.size()};
}

}  // namespace wf::policy
