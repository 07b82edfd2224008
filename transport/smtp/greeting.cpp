#include "transport/smtp/greeting.hpp"

#include "transport/smtp/base64.hpp"
#include "transport/smtp/limits.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace cartwheel::smtp {

namespace {

using action = greeting_step::action;

/// Who we are is what the server dislikes; RFC 4954 section 6, 525 and 432 by RFC 5248 and 4954 section 4.7.12. 500 to 504
/// are about the command: a mechanism it announced and does not take.
bool about_credentials(int code) { return code == 432 || code > 504; }

}  // namespace

greeting::greeting(greeting_options options) : options_{std::move(options)} {}

greeting::~greeting() {
  for (auto& s : secrets_) OPENSSL_cleanse(s.data(), s.size());
}

greeting::greeting(greeting&&) noexcept = default;
greeting& greeting::operator=(greeting&&) noexcept = default;

greeting_step greeting::begin() {
  if (options_.protection != protection::implicit_tls) return {action::wait, {}};
  at_ = at::implicit_handshake;
  return {action::shake_hands, {}};
}

greeting_step greeting::secured() {
  secured_ = true;
  // RFC 3207 section 4.2: whatever was said in the open may have been said by anybody.
  server_ = {};
  ehlo_.reset();
  if (std::exchange(at_, at::banner) == at::implicit_handshake) return {action::wait, {}};
  return say(at::ehlo, "EHLO " + options_.helo_name);
}

greeting_step greeting::on_reply(const reply& r) {
  if (r.code == 421) return refuse(quoted(r));
  switch (at_) {
    case at::banner:
      if (r.code >= 400) return refuse(quoted(r));
      if (r.code >= 300) return out_of_step(r);
      return say(at::ehlo, "EHLO " + options_.helo_name);
    case at::ehlo:
    case at::helo: return on_introduction(r);
    case at::starttls:
      if (r.code >= 400) return refuse("the relay refuses STARTTLS: " + quoted(r));
      if (r.code != 220) return out_of_step(r);
      at_ = at::handshake;
      return {action::shake_hands, {}};
    case at::auth: return on_auth(r);
    case at::implicit_handshake:
    case at::handshake:
    case at::done:
    case at::over: break;
  }
  return out_of_step(r);
}

greeting_step greeting::on_introduction(const reply& r) {
  if (r.code >= 300 && r.code < 400) return out_of_step(r);
  if (r.code < 300) {
    if (at_ == at::ehlo) {
      server_ = announced(r);
      ehlo_ = r;
    }
    return introduced();
  }
  if (at_ == at::helo || r.code < 500) return refuse(quoted(r));
  return say(at::helo, "HELO " + options_.helo_name);
}

/// EHLO, or HELO, was answered.
greeting_step greeting::introduced() {
  if (options_.protection == protection::starttls && !secured_) {
    if (server_.starttls) return say(at::starttls, "STARTTLS");
    return refuse("the relay does not offer STARTTLS, and tls = \"starttls-required\"");
  }
  if (options_.login.credentials) return begin_login();
  at_ = at::done;
  return {action::done, {}};
}

greeting_step greeting::begin_login() {
  auto found = options_.login.credentials();
  if (const auto* why = std::get_if<std::string>(&found)) return refuse_login(*why);
  auto& who = std::get<sasl::credentials>(found);
  const auto chosen = sasl::select(options_.login.mechanism, server_.auth, who, confidential());
  if (!chosen.use) {
    const bool hidden = !secured_ && server_.starttls;  // many servers offer AUTH, or more of it, behind STARTTLS only
    return refuse_login(chosen.why_not + (hidden ? "; perhaps with tls = \"starttls-required\", which it offers" : ""));
  }
  login_ = chosen.use;
  for (const auto& secret : {who.password, who.token}) {
    if (secret.empty()) continue;
    keep_secret(secret);
    keep_secret(base64(secret));
  }
  auto nonce = options_.login.nonce();
  if (nonce.empty()) return refuse("the system has no random bytes for a login");
  exchange_ = sasl::start(*chosen.use, std::move(who), std::move(nonce));
  auto first = exchange_->begin();
  if (!first.failed.empty()) return refuse_login(std::move(first.failed));
  std::string line = "AUTH ";
  line += sasl::name_of(*login_);
  if (first.response) {
    const auto coded = base64(*first.response);
    if (!coded.empty()) keep_secret(coded);
    // RFC 4954 section 4: a response that is there and empty is "=".
    line.append(" ").append(coded.empty() ? "=" : coded);
  }
  return say(at::auth, std::move(line));
}

greeting_step greeting::on_auth(const reply& r) {
  if (r.code == 334) return on_challenge(r);
  if (r.code >= 400) return on_login_refused(r);
  if (r.code >= 300) return out_of_step(r);
  // 235; some sinks say 250. Without its proof a yes to SCRAM is worth nothing.
  if (!exchange_->complete())
    return refuse_login("the relay says yes to a login that is not over: it has not proven that it knows the password");
  exchange_.reset();
  at_ = at::done;
  return {action::done, {}};
}

/// There is no polite end to an exchange that went wrong ("*" would be answered, and believed), so none is tried.
greeting_step greeting::on_challenge(const reply& r) {
  if (++challenges_ > limits::auth_challenges_max) return refuse("the relay's login does not end");
  const auto challenge = from_base64(r.text);
  if (!challenge) return refuse("the relay's challenge to a login is not base64");
  auto next = exchange_->on_challenge(*challenge);
  if (!next.response) return refuse_login(std::move(next.failed));
  auto coded = base64(*next.response);
  if (!coded.empty()) keep_secret(coded);
  return say(at::auth, std::move(coded));
}

greeting_step greeting::on_login_refused(const reply& r) {
  const auto how = "the relay refuses the login (" + std::string{sasl::name_of(*login_)} + "): " + quoted(r);
  return about_credentials(r.code) ? refuse_login(how) : refuse(how);
}

std::string_view greeting::waiting_for() const {
  switch (at_) {
    case at::implicit_handshake:
    case at::handshake: return "the TLS handshake";
    case at::banner: return "the connection";
    case at::ehlo: return "EHLO";
    case at::helo: return "HELO";
    case at::starttls: return "STARTTLS";
    case at::auth: return "AUTH";
    case at::done:
    case at::over: break;
  }
  return "nothing";
}

std::string greeting::quoted(const reply& r) const {
  auto told = std::to_string(r.code);
  if (std::any_of(secrets_.begin(), secrets_.end(),
                  [&](const std::string& s) { return r.text.find(s) != std::string::npos; }))
    return told + " (its text repeats credentials and is left out)";
  told += ' ';
  for (const char c : std::string_view{r.text}.substr(0, limits::outcome_text_bytes_max))
    told += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return told;
}

greeting_step greeting::say(at next, std::string line) {
  at_ = next;
  return {action::say, std::move(line)};
}

greeting_step greeting::refuse(std::string why) {
  at_ = at::over;
  return {action::refuse, std::move(why)};
}

greeting_step greeting::refuse_login(std::string why) {
  at_ = at::over;
  return {action::refuse_login, std::move(why)};
}

greeting_step greeting::out_of_step(const reply& r) {
  return {action::lose_the_step, "no answer to " + std::string{waiting_for()} + ": " + quoted(r)};
}

void greeting::keep_secret(std::string text) { secrets_.push_back(std::move(text)); }

}  // namespace cartwheel::smtp
