#include "app/relay/probe_report.hpp"

#include "app/relay/credentials.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace cartwheel {
namespace {

/// A keyword of the EHLO reply, or one that we look for and did not find.
struct keyword {
  std::string name;
  std::string parameters;
  bool offered = true;
  std::string meaning;
};

/// Replies are the relay's: what goes to a terminal has no controls.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out;
}

std::string meaning_of(const std::string& name, bool offered, const relay_settings& relay,
                       const smtp::probe_findings& found) {
  const auto& server = found.server;
  if (name == "PIPELINING") {
    if (!offered) return "one command at a time, four round trips a mail";
    return relay.pipelining ? "commands in groups, one round trip a mail" : "not used: pipelining = false";
  }
  if (name == "SIZE") {
    if (!offered) return "mails are sent without asking whether they are too large";
    if (server.size_max == 0) return "each mail's size is told before its content";
    return fmt::format("each mail's size is told before its content; more than {} bytes are not tried",
                       server.size_max);
  }
  if (name == "8BITMIME")
    return offered ? "8-bit content may be sent; reminders are 7-bit" : "reminders are 7-bit and need it not";
  if (name == "SMTPUTF8")
    return offered ? "addresses beyond ASCII can be reached"
                   : "addresses beyond ASCII in front of the @ are refused here";
  if (name == "ENHANCEDSTATUSCODES")
    return offered ? "replies say whether address, mail or policy is meant"
                   : "whether a refusal is about the address is guessed from its text";
  if (name == "CHUNKING") {
    if (!server.pipelining) return "content by BDAT is possible; without PIPELINING DATA is used";
    switch (relay.chunking) {
      case smtp::chunking_mode::off: return "content by BDAT is possible; DATA is used: chunking = \"off\"";
      case smtp::chunking_mode::single: return "content goes by BDAT, a mail at a time";
      case smtp::chunking_mode::window: return fmt::format("content goes by BDAT, {} mails at a time", relay.window);
    }
  }
  if (name == "DSN") return "a report is asked for where a mail cannot be delivered";
  if (name == "STARTTLS") {
    if (found.tls) return "offered inside TLS";
    return relay.tls == tls_mode::none ? "not used: tls = \"none\"" : "used";
  }
  if (name == "AUTH") {
    if (!offered) return logs_in(relay) ? "no login is possible" : "no login is offered, none is configured";
    return logs_in(relay) ? "a login is made" : "not used: no user is configured";
  }
  if (name == "LIMITS") {
    if (server.mail_max == 0) return "nothing that matters here";
    return fmt::format("a connection ends after {} mails", server.mail_max);
  }
  return "not used";
}

std::vector<keyword> keywords_of(const relay_settings& relay, const smtp::probe_findings& found) {
  std::vector<keyword> all;
  if (found.ehlo) {
    std::string_view rest = found.ehlo->text;
    for (auto newline = rest.find('\n'); newline != std::string_view::npos; newline = rest.find('\n')) {
      rest.remove_prefix(newline + 1);
      const auto line = rest.substr(0, rest.find('\n'));
      if (line.empty()) continue;
      // "AUTH=LOGIN" is AUTH in an older spelling.
      const auto end = std::min(line.find_first_of(" \t="), line.size());
      keyword k{printable(line.substr(0, end)), printable(line.substr(std::min(end + 1, line.size()))), true, {}};
      std::transform(k.name.begin(), k.name.end(), k.name.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
      all.push_back(std::move(k));
    }
  }
  for (const auto* wanted : {"PIPELINING", "SIZE", "SMTPUTF8", "ENHANCEDSTATUSCODES", "AUTH"})
    if (std::none_of(all.begin(), all.end(), [&](const keyword& k) { return k.name == wanted; }))
      all.push_back({wanted, "", false, {}});
  for (auto& k : all) k.meaning = meaning_of(k.name, k.offered, relay, found);
  return all;
}

bool pipelined(const relay_settings& relay, const smtp::probe_findings& found) {
  return relay.pipelining && found.server.pipelining && found.envelopes != smtp::envelopes::out_of_step;
}

std::string login_text(const relay_settings& relay, const smtp::probe_findings& found) {
  if (!logs_in(relay)) return "none is configured";
  if (!found.login) return "not tried";
  const auto how = smtp::sasl::name_of(*found.login);
  return std::string{how} + (found.greeted ? ": accepted" : ": not accepted");
}

std::string envelopes_text(const smtp::probe_findings& found) {
  switch (found.envelopes) {
    case smtp::envelopes::not_tried: return found.greeted ? "left out: no address was given with --to" : "not tried";
    case smtp::envelopes::lined_up:
      return found.server.pipelining ? "two, taken back: the replies line up" : "two, taken back: both are taken";
    case smtp::envelopes::refused: return found.envelopes_text;
    case smtp::envelopes::out_of_step: return "the replies do not line up: " + found.envelopes_text;
  }
  return {};
}

bool chunked(const relay_settings& relay, const smtp::probe_findings& found) {
  return pipelined(relay, found) && found.server.chunking && relay.chunking != smtp::chunking_mode::off;
}

std::string mode_text(const relay_settings& relay, const smtp::probe_findings& found) {
  if (!found.greeted) return "none";
  if (chunked(relay, found)) return "chunked: envelope and content in one flight";
  if (pipelined(relay, found)) return "pipelined: content and the next envelope in one flight";
  if (found.envelopes == smtp::envelopes::out_of_step) return "lock-step, in spite of what it announces";
  return "lock-step: one command, one reply";
}

std::string days(int64_t n) { return n < 0 ? "ended" : fmt::format("{} days left", n); }

}  // namespace

std::string probe_in_words(const std::string& name, const relay_settings& relay, const smtp::probe_findings& found) {
  auto out = fmt::format("relay {} at {}\n", name, relay.address);
  for (const auto& a : found.addresses)
    out += fmt::format("  address    {} {}\n", a.address, a.failed.empty() ? "connected" : a.failed);
  if (found.tls) {
    out += fmt::format("  tls        {}, {}\n", found.tls->version, found.tls->cipher);
    out += fmt::format("             certificate of {} by {}, {}\n", printable(found.tls->subject),
                       printable(found.tls->issuer), days(found.tls->days_left));
  } else {
    out += relay.tls == tls_mode::none ? "  tls        none, as configured\n" : "  tls        none: not come to\n";
  }
  if (found.ehlo || found.greeted) {
    for (const auto& k : keywords_of(relay, found)) {
      const auto said = k.offered ? k.name + (k.parameters.empty() ? "" : ' ' + k.parameters) : "no " + k.name;
      out += fmt::format("  offers     {:<28} {}\n", said, k.meaning);
    }
  }
  out += fmt::format("  login      {}\n", login_text(relay, found));
  out += fmt::format("  envelopes  {}\n", envelopes_text(found));
  out += fmt::format("  mode       {}\n", mode_text(relay, found));
  return out;
}

std::string probe_as_json(const std::string& name, const relay_settings& relay, const smtp::probe_findings& found) {
  using nlohmann::json;
  // Replies need not be UTF-8.
  const auto text = [](const std::string& t) {
    return json::parse(json(t).dump(-1, ' ', false, json::error_handler_t::replace));
  };
  json out{{"relay", name}, {"address", relay.address}, {"ok", found.failed.empty()}};
  out["why"] = found.failed.empty() ? json{} : text(found.failed);
  out["addresses"] = json::array();
  for (const auto& a : found.addresses)
    out["addresses"].push_back({{"address", a.address}, {"failed", a.failed.empty() ? json{} : json(a.failed)}});
  out["tls"] = nullptr;
  if (found.tls)
    out["tls"] = {{"version", found.tls->version},
                  {"cipher", found.tls->cipher},
                  {"subject", text(found.tls->subject)},
                  {"issuer", text(found.tls->issuer)},
                  {"days_left", found.tls->days_left}};
  out["keywords"] = json::array();
  for (const auto& k : keywords_of(relay, found))
    if (k.offered)
      out["keywords"].push_back(
        {{"keyword", text(k.name)}, {"parameters", text(k.parameters)}, {"meaning", k.meaning}});
  out["login"] = nullptr;
  if (logs_in(relay))
    out["login"] = {{"mechanism", found.login ? json(smtp::sasl::name_of(*found.login)) : json{}},
                    {"accepted", found.greeted},
                    {"credentials_refused", found.login_refused}};
  constexpr const char* names[] = {"not_tried", "lined_up", "refused", "out_of_step"};
  out["envelopes"] = {{"result", names[static_cast<size_t>(found.envelopes)]}, {"text", text(envelopes_text(found))}};
  out["mode"] = !found.greeted ? json{}
                               : json(chunked(relay, found)     ? "chunked"
                                      : pipelined(relay, found) ? "pipelined"
                                                                : "lock-step");
  return out.dump();
}

}  // namespace cartwheel
