#include "tests/support/fault_sink/record_log.hpp"

#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace cartwheel::fault_sink {

namespace {

using json = nlohmann::ordered_json;

void write_all(int file, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const auto n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error{errno, std::generic_category(), name};
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string hex;
  for (const auto b : digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[b >> 4];
    hex += digits[b & 15];
  }
  return hex;
}

/// What stands between the brackets; empty when there is none in the header.
std::string_view message_id_of(std::string_view content) {
  constexpr std::string_view name = "message-id:";
  while (!content.empty() && !content.starts_with("\r\n")) {
    const auto end = std::min(content.find('\n'), content.size() - 1) + 1;
    auto line = content.substr(0, end);
    content.remove_prefix(end);
    bool same = line.size() > name.size();
    for (size_t i = 0; same && i < name.size(); ++i) same = (line[i] | 0x20) == name[i] || line[i] == name[i];
    if (!same) continue;
    const auto open = line.find('<'), close = line.find('>');
    if (open != std::string_view::npos && close != std::string_view::npos && open < close)
      return line.substr(open + 1, close - open - 1);
  }
  return {};
}

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// An address may hold anything: what is no UTF-8 must not break the log.
std::string text_of(const json& line) { return line.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

record_log::record_log(const options& o) : dump_{o.dump} {
  if (o.log.empty()) return;
  file_ = ::open(o.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw std::system_error{errno, std::generic_category(), o.log};
}

record_log::~record_log() {
  if (file_ >= 0) ::close(file_);
}

void record_log::write(const transaction_record& r) {
  if (r.kept) {
    ++count.kept;
    count.last_kept = std::chrono::steady_clock::now();
    if (count.kept == 1) count.first_kept = count.last_kept;
  }
  if (r.reply.empty())
    ++count.unanswered;
  else
    ++(r.reply.front() == '2' ? count.accepted : count.refused);
  if (r.kept && !dump_.empty()) dump(r.content, count.kept);
  if (file_ < 0) return;
  json line{{"type", "transaction"},
            {"connection", r.connection},
            {"time", now_seconds()},
            {"sender", r.sender},
            {"recipient", r.recipients},
            {"attempt", r.attempt},
            {"stage", r.stage},
            {"how", r.how},
            {"kept", r.kept},
            {"reply", r.reply.substr(0, 200)}};
  if (r.whole) {
    line["message_id"] = message_id_of(r.content);
    line["bytes"] = r.content.size();
    line["sha256"] = sha256_of(r.content);
  }
  lines_ += text_of(line);
  lines_ += '\n';
}

void record_log::violation(uint64_t connection, std::string_view what) {
  ++count.violations;
  if (file_ < 0) {
    std::fprintf(stderr, "connection %llu: %.*s\n", static_cast<unsigned long long>(connection),
                 static_cast<int>(what.size()), what.data());
    return;
  }
  lines_ += text_of(json{{"type", "violation"}, {"connection", connection}, {"time", now_seconds()}, {"what", what}});
  lines_ += '\n';
}

void record_log::flush() {
  if (lines_.empty()) return;
  write_all(file_, lines_, "the log");
  lines_.clear();
}

void record_log::dump(std::string_view content, uint64_t number) {
  // In order, also behind those of a sink that stood here before.
  char name[64];
  std::snprintf(name, sizeof name, "/%013llu-%08llu.eml", static_cast<unsigned long long>(begun_ms_),
                static_cast<unsigned long long>(number));
  // Who watches the folder sees whole mails only: the name is given when all of it stands.
  const auto path = dump_ + name, unfinished = path + ".part";
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) throw std::system_error{errno, std::generic_category(), unfinished};
  write_all(file, content, unfinished);
  ::close(file);
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) throw std::system_error{errno, std::generic_category(), path};
}

}  // namespace cartwheel::fault_sink
