// What TLS costs a flight by itself: gathered, encrypted, sent nowhere. The plain path has no counterpart: its bytes go to
// the kernel as they are.

#include "transport/smtp/tls_stream.hpp"

#include "tests/transport/smtp/certificates.hpp"

#include <benchmark/benchmark.h>
#include <openssl/ssl.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace cartwheel::smtp {
namespace {

/// A client stream that has shaken hands with a server in memory.
class open_stream {
 public:
  open_stream() {
    const auto own = test::make_certificate({"relay", "DNS:relay.example"});
    const auto file = std::filesystem::temp_directory_path() / ("tls_stream_bench." + std::to_string(::getpid()));
    std::ofstream{file} << test::pem_of(own);
    const tls_context context{file.string()};
    std::filesystem::remove(file);
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> server_context{SSL_CTX_new(TLS_server_method()),
                                                                           &SSL_CTX_free};
    SSL_CTX_use_certificate(server_context.get(), own.signed_key.get());
    SSL_CTX_use_PrivateKey(server_context.get(), own.key.get());
    const std::unique_ptr<SSL, decltype(&SSL_free)> server{SSL_new(server_context.get()), &SSL_free};
    auto* in = BIO_new(BIO_s_mem());
    auto* out = BIO_new(BIO_s_mem());
    SSL_set_bio(server.get(), in, out);
    SSL_set_accept_state(server.get());
    stream_ = std::make_unique<tls_stream>(context, "relay.example");
    std::string plain;
    for (int i = 0; i < 3; ++i) {
      const auto bytes = stream_->output();
      BIO_write(in, bytes.data(), static_cast<int>(bytes.size()));
      stream_->sent(bytes.size());
      SSL_do_handshake(server.get());
      char* text = nullptr;
      const auto length = BIO_get_mem_data(out, &text);
      stream_->receive({text, static_cast<size_t>(length)}, plain);
      (void)BIO_reset(out);
    }
    if (stream_->now() != tls_stream::state::open) throw std::runtime_error{stream_->error()};
    stream_->sent(stream_->output().size());
  }

  tls_stream* operator->() { return stream_.get(); }

 private:
  std::unique_ptr<tls_stream> stream_;
};

/// Argument: bytes of a mail. Its flight has the next envelope behind it.
void tls_flight(benchmark::State& state) {
  open_stream stream;
  const std::string content(static_cast<size_t>(state.range(0)), 'x');
  const std::string behind = ".\r\nMAIL FROM:<cart@shop.example>\r\nRCPT TO:<somebody@example.net>\r\nDATA\r\n";
  uint64_t writes = 0;
  uint64_t ciphertext = 0;
  for (auto _ : state) {
    std::array<std::string_view, 2> rest{content, behind};
    while (!rest[0].empty() || !rest[1].empty()) {
      const auto taken = stream->write(rest);
      const auto of_first = std::min(taken, rest[0].size());
      rest[0].remove_prefix(of_first);
      rest[1].remove_prefix(taken - of_first);
      ciphertext += stream->output().size();
      stream->sent(stream->output().size());
      ++writes;
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(content.size() + behind.size()));
  state.counters["records"] = benchmark::Counter(static_cast<double>(writes), benchmark::Counter::kAvgIterations);
  state.counters["ciphertext"] =
    benchmark::Counter(static_cast<double>(ciphertext), benchmark::Counter::kAvgIterations);
}
BENCHMARK(tls_flight)->Arg(4 * 1024)->Arg(16 * 1024)->Arg(60 * 1024);

}  // namespace
}  // namespace cartwheel::smtp
