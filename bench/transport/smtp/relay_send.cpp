// Sends one mail many times through a relay_pool, as the mailer would: the program behind compare.py.
//
// usage: relay_send --port P --mails N --connections C --file MAIL [--mode L|A|B1|BW] [--intents FOLDER] [--second-port P]
//
// With --intents each batch of mails waits until a record that names them is synced in a log of its own, through the
// committer of the server. --second-port: half of the connections go there, to see whether the sink is the limit.
// Prints one JSON object: mails accepted, seconds from the first connection to the last reply, CPU seconds of the process.

#include "runtime/journal/committer.hpp"
#include "runtime/journal/segment_log.hpp"
#include "transport/smtp/relay_pool.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

namespace {

using namespace cartwheel;

struct options {
  uint16_t port = 0;
  uint16_t second_port = 0;
  size_t mails = 1000;
  size_t connections = 4;
  std::string file;
  std::string mode = "A";
  std::string intents;
};

/// As many bytes as the server writes for an intent (docs/journal-format.md): about 120 each.
std::string intents_record(size_t mails) { return std::string(8 + 120 * mails, 'i'); }

class feed final : public smtp::mail_feed {
 public:
  feed(boost::asio::io_context& io, const options& o, std::shared_ptr<const std::string> content, committer* log)
      : io_{io}, log_{log}, content_{std::move(content)}, left_{o.mails}, open_{o.mails} {}

  std::optional<smtp::mail> pull() override {
    if (left_ == 0) return std::nullopt;
    --left_;
    return smtp::mail{smtp::mail_id{++last_}, "cart@shop.example", "someone@customer.example", false, content_};
  }

  void write_intents(const std::vector<smtp::mail_id>& ids, std::function<void()> durable) override {
    if (log_ == nullptr) return durable();
    submission s;
    s.what = {record_kind::intents, payload_format::none, from_unix_ms(0), whole(intents_record(ids.size()))};
    s.must_sync = true;
    s.durable = [this, durable = std::move(durable)](bool ok) {
      if (!ok) std::abort();
      boost::asio::post(io_, durable);
    };
    log_->submit(std::move(s));
  }

  bool may_send_content(smtp::mail_id) override { return true; }

  void finished(const smtp::outcome& o) override {
    accepted += o.verdict == smtp::verdict::accepted;
    if (o.verdict != smtp::verdict::accepted) std::fprintf(stderr, "relay_send: %s\n", o.text.c_str());
    if (--open_ == 0) io_.stop();
  }

  size_t accepted = 0;

 private:
  boost::asio::io_context& io_;
  committer* log_;
  std::shared_ptr<const std::string> content_;
  size_t left_, open_;
  uint64_t last_ = 0;
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

smtp::relay_options link(const options& o, uint16_t port, size_t connections) {
  smtp::relay_options r;
  r.port = port;
  r.connections = connections;
  r.session.mails_max = UINT32_MAX;
  r.session.pipelining = o.mode != "L";
  if (o.mode == "B1") r.session.chunking = smtp::chunking_mode::single;
  if (o.mode == "BW") r.session.chunking = smtp::chunking_mode::window;
  r.report = [](const std::string& line) { std::fprintf(stderr, "relay_send: %s\n", line.c_str()); };
  return r;
}

int run(const options& o) {
  std::ifstream in{o.file, std::ios::binary};
  std::ostringstream content;
  content << in.rdbuf();
  if (!in || content.str().empty()) {
    std::fprintf(stderr, "relay_send: %s: cannot be read\n", o.file.c_str());
    return 1;
  }
  wall_clock clock;
  std::optional<segment_log> log;
  std::optional<committer> writer;
  if (!o.intents.empty()) {
    log.emplace(real_files(), std::filesystem::path{o.intents});
    writer.emplace(
      *log, clock, committer::options{false, sync_mode::always},
      committer::hooks{[](committed_epoch) {},
                       [](const std::string& why) { std::fprintf(stderr, "relay_send: %s\n", why.c_str()); }});
    writer->start();
  }
  boost::asio::io_context io{1};
  const auto work = boost::asio::make_work_guard(io);
  feed mails{io, o, std::make_shared<const std::string>(content.str()), writer ? &*writer : nullptr};
  const auto begun = std::chrono::steady_clock::now();
  const auto cpu_begun = cpu_seconds();
  std::optional<smtp::relay_pool> first, second;
  const auto halves = o.second_port != 0;
  first.emplace(io, link(o, o.port, halves ? (o.connections + 1) / 2 : o.connections), mails);
  if (halves) second.emplace(io, link(o, o.second_port, o.connections / 2), mails);
  first->wake();
  if (second) second->wake();
  io.run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const auto cpu = cpu_seconds() - cpu_begun;
  auto round_trips = first->stats().round_trips;
  if (second) round_trips += second->stats().round_trips;
  std::printf("{\"mails\": %zu, \"seconds\": %.6f, \"cpu\": %.6f, \"round_trips\": %llu}\n", mails.accepted,
              took.count(), cpu, static_cast<unsigned long long>(round_trips));
  if (writer) writer->stop();
  return mails.accepted == o.mails ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app{"Sends one mail many times through a relay_pool."};
  app.add_option("--port", o.port)->required();
  app.add_option("--second-port", o.second_port);
  app.add_option("--mails", o.mails)->check(CLI::Range(1, 100'000'000));
  app.add_option("--connections", o.connections)->check(CLI::Range(1, 50));
  app.add_option("--file", o.file)->required();
  app.add_option("--mode", o.mode)->check(CLI::IsMember({"L", "A", "B1", "BW"}));
  app.add_option("--intents", o.intents, "folder for a log of intents");
  CLI11_PARSE(app, argc, argv);
  return run(o);
}
