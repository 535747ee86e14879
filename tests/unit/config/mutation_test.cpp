// Damaged configurations: whatever happens to the file, it loads or tells where it is wrong.
#include <fstream>
#include <iterator>
#include <random>

#include <catch2/catch.hpp>

#include "tests/unit/config/documents.hpp"

using namespace wf::config;

namespace {

constexpr unsigned kMutations = 10'000;

class Mutator {
 public:
  explicit Mutator(std::string text) : text_(std::move(text)) {}

  /// One to three changes; the same sequence on every run.
  std::string next() {
    std::string text = text_;
    for (std::size_t n = 1 + below(3); n > 0; --n) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }

  void change(std::string& text) {
    constexpr std::string_view kTelling = "{}[]:,-#&*!|>'\"%@` \n\t$~?0";
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        return;
      case 1:
        text[at] = kTelling[below(kTelling.size())];
        return;
      case 2:
        text.insert(at, 1, kTelling[below(kTelling.size())]);
        return;
      case 3:
        text.erase(at, 1 + below(20));
        return;
      case 4:
        text.insert(at, text.substr(below(text.size()), below(200)));
        return;
      default:
        erase_line(text, at);
        return;
    }
  }

  static void erase_line(std::string& text, std::size_t at) {
    const auto begin = text.rfind('\n', at);
    const auto end = text.find('\n', at + 1);
    if (begin != std::string::npos && end != std::string::npos) text.erase(begin, end - begin);
  }

  std::string text_;
  std::mt19937 random_{20'240'607};
};

}  // namespace

TEST_CASE("a damaged file loads or tells where it is wrong (SEC-27)") {
  std::ifstream file{WARMFRONT_REFERENCE, std::ios::binary};
  std::string text;
  // Comments would swallow most of the damage.
  for (std::string line; std::getline(file, line);) {
    const std::string code = line.substr(0, line.find('#'));
    if (code.find_first_not_of(' ') != std::string::npos) text += code + "\n";
  }
  REQUIRE(test::problems(text).empty());
  Mutator mutator{text};
  unsigned loads = 0;
  for (unsigned i = 0; i < kMutations; ++i) {
    const std::string damaged = mutator.next();
    const Loaded loaded = load_text(damaged, "p.yaml", test::kNoEnvironment);
    if (loaded) {
      ++loads;
      continue;
    }
    const std::vector<Problem> problems = loaded.error();
    if (problems.empty()) FAIL(damaged);
    for (const Problem& problem : problems) {
      if (problem.line < 1 || problem.column < 1 || problem.what.empty()) FAIL(damaged);
    }
  }
  CHECK(loads > 100);
  CHECK(loads < kMutations / 2);
}
