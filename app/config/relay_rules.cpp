#include "app/config/relay_rules.hpp"

#include "app/config/endpoint.hpp"
#include "app/config/shape.hpp"

#include <fmt/format.h>

namespace cartwheel::config {
namespace {

using verdict = std::optional<std::string>;

bool has_password(const relay_settings& r) { return !r.password_file.empty() || !r.password_env.empty(); }
bool has_token(const relay_settings& r) { return !r.token_file.empty() || !r.token_env.empty(); }

constexpr auto four_sources = "password_file, password_env, token_file or token_env";

verdict one_password(const relay_settings& r) {
  if (r.password_file.empty() || r.password_env.empty()) return std::nullopt;
  return quoted(r.password_file) + " stands beside password_env; must be one of the two";
}

verdict one_token(const relay_settings& r) {
  if (r.token_file.empty() || r.token_env.empty()) return std::nullopt;
  return quoted(r.token_file) + " stands beside token_env; must be one of the two";
}

verdict whole_login(const relay_settings& r) {
  const bool with_something = has_password(r) || has_token(r);
  if (r.user.empty() && with_something) return "is missing; must say whose password or token it is";
  if (!r.user.empty() && !with_something)
    return fmt::format("{} has nothing to log in with; must come with {}", quoted(r.user), four_sources);
  return std::nullopt;
}

verdict fitting_mechanism(const relay_settings& r) {
  if (r.auth == auth_choice::automatic) return std::nullopt;
  if (r.user.empty()) return fmt::format("is chosen and nobody logs in; must come with user and {}", four_sources);
  if (r.auth == auth_choice::xoauth2 && !has_token(r))
    return "\"xoauth2\" wants a token; must come with token_file or token_env";
  if (r.auth != auth_choice::xoauth2 && !has_password(r))
    return "is a way to show or prove a password; must come with password_file or password_env";
  return std::nullopt;
}

/// Of "auto" with a password SCRAM is left, which does not show it; what the relay offers is seen when it is asked.
verdict nobody_reads_along(const relay_settings& r) {
  if (r.user.empty() || r.tls != tls_mode::none) return std::nullopt;
  const bool shown =
    r.auth == auth_choice::automatic ? has_token(r) && !has_password(r) : r.auth != auth_choice::scram_sha_256;
  const auto address = parse_host_port(r.address);
  if (!shown || (address && is_loopback(*address))) return std::nullopt;
  return fmt::format(
    "\"none\" would show the credentials to the network on the way to {}; must be \"implicit\" or "
    "\"starttls-required\", or the relay on a loopback address",
    r.address);
}

verdict authorities_of_tls(const relay_settings& r) {
  if (r.ca_file.empty() || r.tls != tls_mode::none) return std::nullopt;
  return quoted(r.ca_file) + " is for TLS; must come with tls = \"implicit\" or \"starttls-required\"";
}

}  // namespace

std::vector<rule> relay_rules(const std::string& name) {
  const auto about = [&](std::vector<std::string> keys, verdict (*broken)(const relay_settings&)) {
    rule r;
    for (auto& key : keys) r.keys.push_back({"smtp", "relay", name, std::move(key)});
    r.broken = [name, broken](const settings& all, const table&) { return broken(all.relays.at(name)); };
    return r;
  };
  return {
    about({"password_file", "password_env"}, one_password),
    about({"token_file", "token_env"}, one_token),
    about({"user", "password_file", "password_env", "token_file", "token_env"}, whole_login),
    about({"auth", "user", "password_file", "password_env", "token_file", "token_env"}, fitting_mechanism),
    about({"tls", "address", "user", "auth", "password_file", "password_env", "token_file", "token_env"},
          nobody_reads_along),
    about({"ca_file", "tls"}, authorities_of_tls),
  };
}

}  // namespace cartwheel::config
