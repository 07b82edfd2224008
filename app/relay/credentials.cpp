#include "app/relay/credentials.hpp"

#include "actors/event/text.hpp"
#include "transport/smtp/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace cartwheel {
namespace {

/// Reads one secret and notes what is wrong with it; empty then.
class secret_reader {
 public:
  secret_reader(found_credentials& to, std::string relay_name) : to_{to}, relay_{std::move(relay_name)} {}

  std::string read(const std::string& kind, const std::string& file, const std::string& variable, bool is_token) {
    key_ = fmt::format("smtp.relay.{}.{}_{}", relay_, kind, file.empty() ? "env" : "file");
    place_ = file.empty() ? "$" + variable : file;
    auto secret = file.empty() ? from_environment(variable) : from_file(file);
    if (!secret) return {};
    if (secret->empty()) return refuse("is empty");
    if (secret->size() > smtp::limits::credential_bytes_max)
      return refuse(fmt::format("is longer than {} bytes", smtp::limits::credential_bytes_max));
    const auto content = inspect_text(*secret);
    if (content == text_content::broken) return refuse("is not UTF-8");
    if (content == text_content::controls) return refuse("has control characters, or more than one line");
    // RFC 6750 section 2.1: what an Authorization header can carry.
    if (is_token && (content != text_content::printable_ascii || secret->find(' ') != std::string::npos))
      return refuse("is no access token: those are visible ASCII without blanks");
    return std::move(*secret);
  }

 private:
  std::string refuse(const std::string& why) {
    to_.problems.push_back(fmt::format("{}: {}: {}", key_, place_, why));
    return {};
  }

  std::optional<std::string> from_environment(const std::string& variable) {
    const char* value = std::getenv(variable.c_str());
    if (value != nullptr) return value;
    refuse("is not set");
    return std::nullopt;
  }

  std::optional<std::string> from_file(const std::string& file) {
    // Not waiting: opening a pipe without a writer would stop the mailer.
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return refuse(std::generic_category().message(errno)), std::nullopt;
    struct stat about {};
    std::string secret(smtp::limits::credential_bytes_max + 3, '\0');  // too long, and CR LF, can be seen
    size_t length = 0;
    int failed = ::fstat(fd, &about) != 0 ? errno : 0;
    const bool is_file = S_ISREG(about.st_mode);
    while (failed == 0 && is_file && length < secret.size()) {
      const auto bytes = ::read(fd, secret.data() + length, secret.size() - length);
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes < 0) failed = errno;
      if (bytes <= 0) break;
      length += static_cast<size_t>(bytes);
    }
    ::close(fd);
    if (failed != 0) return refuse(std::generic_category().message(failed)), std::nullopt;
    if (!is_file) return refuse("is no file"), std::nullopt;
    if ((about.st_mode & S_IROTH) != 0)
      to_.warnings.push_back(
        fmt::format("{}: {}: everybody on this machine can read it; chmod o= would do", key_, place_));
    secret.resize(length);
    if (secret.ends_with('\n')) secret.pop_back();
    if (secret.ends_with('\r')) secret.pop_back();
    return secret;
  }

  found_credentials& to_;
  std::string relay_;
  std::string key_;
  std::string place_;
};

}  // namespace

bool logs_in(const relay_settings& relay) { return !relay.user.empty(); }

found_credentials read_credentials(const std::string& relay_name, const relay_settings& relay) {
  found_credentials found;
  found.who.user = relay.user;
  secret_reader reader{found, relay_name};
  if (!relay.password_file.empty() || !relay.password_env.empty())
    found.who.password = reader.read("password", relay.password_file, relay.password_env, false);
  if (!relay.token_file.empty() || !relay.token_env.empty())
    found.who.token = reader.read("token", relay.token_file, relay.token_env, true);
  return found;
}

}  // namespace cartwheel
