#include "app/journal/journal_tool.hpp"

#include "actors/event/text.hpp"
#include "app/journal/entry_json.hpp"
#include "app/journal/event_lines.hpp"
#include "app/journal/server_lock.hpp"
#include "runtime/journal/log_check.hpp"
#include "runtime/journal/log_repair.hpp"
#include "runtime/journal/segment_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <stdexcept>

namespace cartwheel {
namespace {

using json = nlohmann::ordered_json;

std::string name_of(record_kind kind) {
  switch (kind) {
    case record_kind::events: return "events";
    case record_kind::tick: return "tick";
    case record_kind::configuration: return "configuration";
    case record_kind::decisions: return "decisions";
    case record_kind::intents: return "intents";
    case record_kind::outcomes: return "outcomes";
    case record_kind::own_events: return "own_events";
    case record_kind::failures: return "failures";
    case record_kind::commands: return "commands";
    case record_kind::addresses: return "addresses";
    case record_kind::coupons: return "coupons";
  }
  return fmt::format("kind {}", static_cast<int>(kind));  // a later version's
}

bool holds_events(record_kind kind) { return kind == record_kind::events || kind == record_kind::own_events; }

std::string utc(instant t) {
  auto s = std::chrono::floor<std::chrono::seconds>(t);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}Z", fmt::gmtime(s.time_since_epoch().count()), (t - s).count());
}

std::string mebibytes(uint64_t bytes) { return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024 * 1024)); }

class tool {
 public:
  tool(const journal_options& o, std::ostream& out, std::ostream& complaints)
      : options_{o}, out_{out}, complaints_{complaints}, folder_{std::filesystem::path{o.dir} / "journal"} {
    if (!real_files().exists(o.dir)) throw std::runtime_error{o.dir + ": there is no such directory"};
    if (!real_files().exists(folder_))
      throw std::runtime_error{o.dir + ": has no journal; is it the data directory of a node?"};
  }

  int verify() {
    tell_if_running();
    auto found = check_log(real_files(), folder_);
    tell_of_damage(found);
    if (!found.damage.empty()) return 1;
    auto end = found.segments.empty() ? position{} : found.segments.back().end;
    out_ << fmt::format("ok: {} records in {} segments, the next has position {}\n", found.all.records,
                        found.segments.size(), count(end));
    return 0;
  }

  int stat() {
    tell_if_running();
    auto found = check_log(real_files(), folder_);
    if (options_.json)
      print_json(found);
    else
      print_text(found);
    tell_of_damage(found);
    return found.damage.empty() ? 0 : 1;
  }

  int dump() {
    tell_if_running();
    uint64_t refused = 0;
    read_log(real_files(), folder_, position{}, [&](const logged_record& r) {
      if (holds_events(r.what.kind))
        refused += dump_events(r);
      else if (options_.all)
        dump_other(r);
      return out_.good();
    });
    out_.flush();
    if (!out_) throw std::runtime_error{"the output could not be written"};
    if (refused > 0)
      complaints_ << fmt::format("{} events are not among them: they were refused when they came in{}\n", refused,
                                 options_.all ? "" : " (--all shows them)");
    return 0;
  }

  int repair() {
    server_lock keep_servers_away{options_.dir};
    auto done = repair_log(real_files(), folder_);
    for (const auto& d : done.damage) complaints_ << d.what() << '\n';
    if (done.damage.empty()) {
      out_ << "nothing to repair\n";
      return 0;
    }
    for (const auto& path : done.aside) out_ << "put aside: " << path.string() << '\n';
    if (done.gap)
      out_ << fmt::format("repaired: the log has what stands before position {}, and goes on at {}\n",
                          count(done.gap->first), count(done.gap->second));
    else
      out_ << "repaired: no record is lost\n";
    return 0;
  }

 private:
  void tell_if_running() {
    if (server_lock::held(options_.dir))
      complaints_ << options_.dir << ": a server runs on it; this is what it had written at this moment\n";
  }

  void tell_of_damage(const log_findings& found) {
    for (const auto& d : found.damage) complaints_ << d.what() << '\n';
    if (found.cut) complaints_ << to_string(*found.cut) << "; the next start cuts it\n";
    for (const auto& name : found.aside) complaints_ << "put aside by a repair: " << (folder_ / name).string() << '\n';
  }

  void print_text(const log_findings& found) {
    out_ << fmt::format("segments    {}, {}\n", found.segments.size(), mebibytes(found.file_bytes));
    if (!found.segments.empty())
      out_ << fmt::format("positions   {} up to {}\n", count(found.segments.front().first),
                          count(found.segments.back().end));
    out_ << fmt::format("records     {}, {} of payload\n", found.all.records, mebibytes(found.all.payload_bytes));
    if (found.all.records > 0) out_ << fmt::format("received    {} .. {}\n", utc(found.oldest), utc(found.newest));
    for (const auto& [kind, t] : found.kinds)
      out_ << fmt::format("{:<11} {} records, {}\n", name_of(kind), t.records, mebibytes(t.payload_bytes));
  }

  void print_json(const log_findings& found) {
    json j;
    j["segments"] = found.segments.size();
    j["file_bytes"] = found.file_bytes;
    j["begin"] = found.segments.empty() ? 0 : count(found.segments.front().first);
    j["end"] = found.segments.empty() ? 0 : count(found.segments.back().end);
    j["records"] = found.all.records;
    j["payload_bytes"] = found.all.payload_bytes;
    if (found.all.records > 0) {
      j["oldest"] = unix_ms(found.oldest);
      j["newest"] = unix_ms(found.newest);
    }
    j["kinds"] = json::object();
    for (const auto& [kind, t] : found.kinds)
      j["kinds"][name_of(kind)] = {{"records", t.records}, {"payload_bytes", t.payload_bytes}};
    j["damaged"] = json::array();
    for (const auto& d : found.damage)
      j["damaged"].push_back(
        {{"file", d.file.string()}, {"offset", d.offset}, {"position", count(d.at)}, {"what", d.wrong}});
    if (found.cut)
      j["torn_tail"] = {{"file", found.cut->file.string()},
                        {"offset", found.cut->offset},
                        {"bytes", found.cut->bytes},
                        {"position", count(found.cut->first)}};
    out_ << j.dump(2) << '\n';
  }

  /// Returns how many it did not write.
  size_t dump_events(const logged_record& r) {
    auto found = lines_of(r.what);
    out_ << found.lines;
    for (const auto& left : found.refused) {
      if (options_.all) {
        auto j = described(r);
        j["index"] = left.index;
        j["refused"] = left.reason;
        add_payload(left.received, j);
        out_ << j.dump() << '\n';
      } else {
        complaints_ << fmt::format("refused: position {}, event {}: {}\n", count(r.at), left.index, left.reason);
      }
    }
    return found.refused.size();
  }

  void dump_other(const logged_record& r) {
    auto j = described(r);
    add_payload(r.what.payload.bytes, j);
    out_ << j.dump() << '\n';
  }

  static json described(const logged_record& r) {
    return {{"position", count(r.at)}, {"kind", name_of(r.what.kind)}, {"received", unix_ms(r.what.received)}};
  }

  static void add_payload(std::string_view payload, json& to) {
    if (payload.empty()) return;
    auto content = inspect_text(payload);
    if (content == text_content::printable_ascii || content == text_content::utf8)
      to["payload"] = payload;
    else
      to["payload_hex"] = hexadecimal(payload);
  }

  const journal_options& options_;
  std::ostream& out_;
  std::ostream& complaints_;
  std::filesystem::path folder_;
};

}  // namespace

int run_journal_tool(const journal_options& options, std::ostream& out, std::ostream& complaints) {
  tool t{options, out, complaints};
  switch (options.action) {
    case journal_action::verify: return t.verify();
    case journal_action::stat: return t.stat();
    case journal_action::dump: return t.dump();
    case journal_action::repair: return t.repair();
  }
  return 1;
}

int journal_tool(const journal_options& options) { return run_journal_tool(options, std::cout, std::cerr); }

}  // namespace cartwheel
