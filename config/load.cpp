#include "config/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "config/reading.hpp"
#include "config/units.hpp"
#include "config/validate.hpp"

namespace wf::config {
namespace {

/// The position of `path`, or of the nearest value around it that stands in the file.
Position locate(const Reading& reading, std::string path) {
  while (true) {
    const auto it = reading.found.find(path);
    if (it != reading.found.end()) return it->second;
    if (path.empty()) return {1, 1};
    const auto end = path.find_last_of(".[");
    path.resize(end == std::string::npos ? 0 : end);
  }
}

/// Whether a problem was told of the value at `path` or of a part of it: what follows from it would
/// only mislead.
bool is_broken(const Reading& reading, const std::string& path) {
  return std::any_of(reading.problems.begin(), reading.problems.end(), [&](const Problem& problem) {
    if (!problem.path.starts_with(path)) return false;
    return problem.path.size() == path.size() || problem.path[path.size()] == '.' ||
           problem.path[path.size()] == '[';
  });
}

void add_findings(Reading& reading, const std::string& file) {
  std::vector<Problem> more;
  for (Finding& finding : validate(reading.config)) {
    if (is_broken(reading, finding.path)) continue;
    const Position where = locate(reading, finding.path);
    more.push_back(
        {file, where.line, where.column, std::move(finding.path), std::move(finding.what)});
  }
  reading.problems.insert(reading.problems.end(), more.begin(), more.end());
}

std::vector<Problem> in_order(std::vector<Problem> problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return problems;
}

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

Problem whole_file(const std::string& path, std::string what) {
  return {path, 0, 0, {}, std::move(what)};
}

Problem unreadable(const std::string& path) {
  return whole_file(path, "cannot be read: " + std::generic_category().message(errno));
}

Problem too_large(const std::string& path) {
  return whole_file(path, fmt::format("larger than {}", to_text(kMaxFileSize)));
}

}  // namespace

Loaded load_text(std::string_view text, std::string name, const EnvLookup& env) {
  if (text.size() > kMaxFileSize.count) return std::vector{too_large(name)};
  Reading reading = read_document(text, name, env);
  // Without a document there is nothing to compare.
  if (!reading.found.empty()) add_findings(reading, name);
  if (!reading.problems.empty()) return in_order(std::move(reading.problems));
  return std::move(reading.config);
}

Loaded load_file(const std::string& path, const EnvLookup& env) {
  const std::unique_ptr<std::FILE, CloseFile> file{std::fopen(path.c_str(), "rb")};
  if (!file) return std::vector{unreadable(path)};
  // One byte more than is allowed tells a file that is too large, also one without an end.
  std::string text(kMaxFileSize.count + 1, '\0');
  errno = 0;
  const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return std::vector{unreadable(path)};
  text.resize(size);
  return load_text(text, path, env);
}

}  // namespace wf::config
