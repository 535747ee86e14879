// Dates: what is accepted is one of the three forms of RFC 9110 §5.6.7, written anew by the C
// library.
#include <cstring>
#include <ctime>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/http_date.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

std::string written(const std::tm& time, const char* format) {
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &time)};
}

enum class Leap : std::uint8_t { No, Yes };

/// The day's name is not compared with the date: that of the text is put in. asctime's day has two
/// digits, or one behind a blank.
bool is_one_of_the_forms(std::string_view text, std::time_t seconds, Leap leap) {
  std::tm time{};
  if (gmtime_r(&seconds, &time) == nullptr) return false;
  if (leap == Leap::Yes) time.tm_sec = 60;
  std::string year = std::to_string(time.tm_year + 1900);
  year.insert(0, 4 - std::min<std::size_t>(4, year.size()), '0');
  for (int day = 0; day < 7; ++day) {
    time.tm_wday = day;
    for (const std::string& form :
         {written(time, "%a, %d %b ") + year + written(time, " %H:%M:%S GMT"),
          written(time, "%A, %d-%b-%y %H:%M:%S GMT"), written(time, "%a %b %e %H:%M:%S ") + year,
          written(time, "%a %b %d %H:%M:%S ") + year}) {
      if (ascii::iequals(form, text)) return true;
    }
  }
  return false;
}

bool is_one_of_the_forms(std::string_view text, UnixTime when) {
  const std::time_t seconds = std::chrono::floor<Seconds>(when.time_since_epoch()).count();
  return is_one_of_the_forms(text, seconds, Leap::No) ||
         (seconds % 60 == 0 && is_one_of_the_forms(text, seconds - 1, Leap::Yes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  if (const auto when = policy::parse_http_date(text)) {
    promise(is_one_of_the_forms(text, *when), "one of the three forms, and that time");
  }
  std::uint64_t number = 0;
  std::memcpy(&number, data, std::min(size, sizeof number));
  constexpr std::int64_t kYear0 = -62'167'219'200, kYear9999 = 253'402'300'799;
  const auto span = static_cast<std::uint64_t>(kYear9999 - kYear0 + 1);
  const UnixTime any{Seconds{kYear0 + static_cast<std::int64_t>(number % span)}};
  policy::HttpDateBuffer buffer{};
  const auto formatted = policy::format_http_date(any, buffer);
  promise(policy::parse_http_date(formatted) == any, "there and back");
  promise(is_one_of_the_forms(formatted, any), "as the C library writes it");
  return 0;
}
