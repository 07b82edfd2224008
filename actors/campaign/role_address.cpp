#include "actors/campaign/role_address.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace cartwheel {
namespace {

constexpr std::array<std::string_view, 39> roles{
  // RFC 2142
  "abuse", "ftp", "hostmaster", "info", "list", "list-request", "marketing", "news", "noc", "postmaster", "sales",
  "security", "support", "trouble", "usenet", "uucp", "webmaster", "www",
  // and common practice
  "accounts", "admin", "administrator", "billing", "contact", "do-not-reply", "donotreply", "enquiries", "hello",
  "help", "hr", "jobs", "mail", "mailer-daemon", "no-reply", "noreply", "office", "orders", "root", "service", "team"};

}  // namespace

bool is_role_address(std::string_view address) {
  const auto local = address.substr(0, address.rfind('@'));
  std::string name{local.substr(0, local.find('+'))};
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::ranges::find(roles, name) != roles.end();
}

}  // namespace cartwheel
