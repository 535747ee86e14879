// A large body, many readers of every speed, three proxies: what it costs each of them.

#include <catch2/catch.hpp>

#include <openssl/evp.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include <fmt/format.h>

#include "proxy/base/ascii.hpp"
#include "tests/fleet/stage.hpp"
#include "tests/fleet/story.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kReaders = 64;
/// No multiple of a chunk: no two chunks of the body are alike.
constexpr std::size_t kBlock = 1'000'003;
constexpr std::size_t kPiece = 65'536;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  [[nodiscard]] std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    return ascii::hex({reinterpret_cast<const char*>(digest.data()), size});
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

/// A client that takes no more than so many bytes a second.
class Reader {
 public:
  Reader(std::uint16_t port, std::uint64_t rate) : client_(port), rate_(rate) {}

  void run(const std::string& target) {
    began_ = steady_clock::now();
    client_.send(ClientRequest{"GET", target, {}, {}});
    Response head = client_.read_head();
    if (head.status != 200) return;
    client_.read_body(head, 1);
    first_byte = std::chrono::duration_cast<microseconds>(steady_clock::now() - began_);
    while (!head.body.empty()) {
      digest_.add(head.body);
      read += head.body.size();
      head.body.clear();
      keep_pace();
      client_.read_body(head, kPiece);
    }
    digest = digest_.finish();
  }

  microseconds first_byte{0};
  std::uint64_t read = 0;
  std::string digest;

 private:
  void keep_pace() const {
    if (rate_ == 0) return;
    const std::chrono::duration<double> due{static_cast<double>(read) / static_cast<double>(rate_)};
    std::this_thread::sleep_until(began_ + std::chrono::duration_cast<steady_clock::duration>(due));
  }

  HttpClient client_;
  const std::uint64_t rate_;
  Sha256 digest_;
  steady_clock::time_point began_;
};

/// Each place of the block differs from its neighbours.
std::string make_block() { return pattern(kBlock, 7); }

}  // namespace

TEST_CASE("one large body, 64 readers of every speed, three proxies", "[large]") {
  const std::size_t blocks = setting("WARMFRONT_LARGE_MB", 24);
  const std::string block = make_block();
  const std::uint64_t size = block.size() * blocks;
  StageSettings settings;
  settings.proxies = 3;
  settings.store_extra = "max_object_size: 2GiB";
  settings.memory = "32MiB";
  Stage stage{std::move(settings)};
  stage.origin().handle([&](const OriginRequest&) {
    return Script{}
        .send("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: " + std::to_string(size) +
              "\r\n\r\n")
        .send_times(block, blocks);
  });
  std::vector<std::size_t> before;
  for (std::size_t i = 0; i < 3; ++i) before.push_back(stage.proxy(i).process().memory_now());
  // As fast as can be, and three slower ones.
  const std::array<std::uint64_t, 4> rates{0, size / 2, size / 4, size / 6};
  std::vector<std::unique_ptr<Reader>> readers;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kReaders; ++i) {
    readers.push_back(std::make_unique<Reader>(stage.ports()[i % 3], rates[i % 4]));
  }
  const auto began = steady_clock::now();
  for (const auto& reader : readers) {
    threads.emplace_back([&reader = *reader] { reader.run("/large"); });
  }
  for (std::thread& thread : threads) thread.join();
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);

  Sha256 expected;
  for (std::size_t i = 0; i < blocks; ++i) expected.add(block);
  const std::string digest = expected.finish();
  std::size_t equal = 0;
  microseconds first = microseconds::max();
  microseconds last{0};
  for (const auto& reader : readers) {
    if (reader->read == size && reader->digest == digest) ++equal;
    first = std::min(first, reader->first_byte);
    last = std::max(last, reader->first_byte);
  }
  std::size_t most = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    most = std::max(most, stage.proxy(i).process().peak_memory() - before[i]);
  }
  const auto ms = [](microseconds time) { return static_cast<double>(time.count()) / 1000; };
  fmt::print(
      "LARGE  {} bytes to {} readers in {} ms: SHA-256 equal {}, fetches {}; RSS at most +{} "
      "KiB; first byte {:.1f} to {:.1f} ms\n",
      size, kReaders, took.count(), equal, stage.origin().requests("/large"), most, ms(first),
      ms(last));
  CHECK(equal == kReaders);
  CHECK(stage.origin().requests("/large") == 1);
  CHECK(most <= 64U << 10U);
  CHECK(last - first <= 20ms + slack());
}

}  // namespace wf::test
