#include "app/import/import_target.hpp"

#include "app/import/limits.hpp"
#include "app/server_query.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace cartwheel {
namespace {

class nowhere_target final : public import_target {
 public:
  void take_event(const std::string&, const file_place&) override {}
  void take_suppression(const std::string&, const file_place&) override {}
  void take_coupon(const std::string&, const file_place&) override {}
  void finish() override {}
};

class file_target final : public import_target {
 public:
  file_target(std::string path, std::function<void(import_fault)> fault)
      : path_{std::move(path)}, fault_{std::move(fault)}, file_{std::fopen(path_.c_str(), "we")} {
    if (file_ == nullptr) fail();
  }
  ~file_target() override {
    if (file_ != nullptr) std::fclose(file_);
  }

  void take_event(const std::string& json, const file_place&) override {
    if (std::fwrite(json.data(), 1, json.size(), file_) != json.size() || std::fputc('\n', file_) == EOF) fail();
  }
  void take_suppression(const std::string&, const file_place& at) override {
    fault_({at, "reason: a bounce or complaint is no event; a running server takes it (--to)"});
  }
  void take_coupon(const std::string&, const file_place& at) override {
    fault_({at, "code: a coupon's code is no event; a running server takes it (--to)"});
  }
  void finish() override {
    if (std::fclose(std::exchange(file_, nullptr)) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const { throw std::system_error{errno, std::generic_category(), path_}; }

  std::string path_;
  std::function<void(import_fault)> fault_;
  std::FILE* file_;
};

class server_target final : public import_target {
 public:
  server_target(const http_settings& where, std::function<void(import_fault)> fault, std::function<void()> pause)
      : where_{where}, fault_{std::move(fault)}, pause_{std::move(pause)} {}

  void take_event(const std::string& json, const file_place& at) override { add(events_, json, at); }
  void take_suppression(const std::string& json, const file_place& at) override { add(suppressions_, json, at); }
  void take_coupon(const std::string& json, const file_place& at) override { add(coupons_, json, at); }
  void finish() override {
    send(events_);
    send(suppressions_);
    send(coupons_);
  }

 private:
  struct batch {
    std::string_view path;
    std::string body;
    std::vector<file_place> rows;
  };

  void add(batch& to, const std::string& json, const file_place& at) {
    to.body += json;
    to.body += '\n';
    to.rows.push_back(at);
    if (to.rows.size() >= limits::import_batch_rows_max || to.body.size() >= limits::import_batch_bytes_max) send(to);
  }

  void send(batch& b) {
    if (b.rows.empty()) return;
    server_answer answer;
    for (int tried = 0;; pause_()) {
      answer = ask_server(where_, "POST", std::string{b.path}, b.body, "application/x-ndjson");
      if (answer.status != 503 || ++tried == limits::import_tries_max) break;
    }
    if (answer.status != 200 && answer.status != 207)
      throw std::runtime_error{fmt::format("the server takes nothing more: {}", refusal_of(answer))};
    tell_refused(answer.body, b.rows);
    b.body.clear();
    b.rows.clear();
  }

  void tell_refused(const std::string& answer, const std::vector<file_place>& rows) {
    const auto told = nlohmann::json::parse(answer, nullptr, false);
    if (!told.is_object()) throw std::runtime_error{"the server's answer is no JSON"};
    for (const auto& r : told.value("refused", nlohmann::json::array())) {
      const auto line = r.value("line", size_t{0});
      if (line == 0 || line > rows.size())
        throw std::runtime_error{"the server's answer names a line that was not sent"};
      fault_({rows[line - 1], "the server refused it: " + r.value("reason", std::string{})});
    }
  }

  const http_settings where_;
  std::function<void(import_fault)> fault_;
  std::function<void()> pause_;
  batch events_{"/v1/events", {}, {}};
  batch suppressions_{"/v1/suppressions/add", {}, {}};
  batch coupons_{"/v1/coupons", {}, {}};
};

}  // namespace

std::unique_ptr<import_target> nowhere() { return std::make_unique<nowhere_target>(); }

std::unique_ptr<import_target> to_file(const std::string& path, std::function<void(import_fault)> fault) {
  return std::make_unique<file_target>(path, std::move(fault));
}

std::unique_ptr<import_target> to_server(const http_settings& where, std::function<void(import_fault)> fault,
                                         std::function<void()> pause) {
  return std::make_unique<server_target>(where, std::move(fault), std::move(pause));
}

}  // namespace cartwheel
