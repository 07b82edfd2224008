#include "app/progress_bar.hpp"

#include <algorithm>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace cartwheel {
namespace {

using namespace std::chrono_literals;

constexpr auto redraw_every = 100ms;  // smooth to the eye
constexpr auto line_every = 5s;       // readable in a log
constexpr size_t width_default = 80;
constexpr size_t bar_max = 40;
constexpr size_t bar_min = 8;  // below this the bar says less than the number

size_t columns(std::FILE* out) {
  winsize size{};
  return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : width_default;
}

}  // namespace

std::string progress_line(std::string_view title, double part, std::string_view note, size_t width) {
  part = part > 0 ? std::min(part, 1.0) : 0;  // also takes what is no number
  std::string percent = fmt::format("{:3.0f} %", part * 100);
  std::string end = note.empty() ? percent : fmt::format("{}  {}", percent, note);
  std::string line{title};
  size_t rest = title.size() + end.size() + 4;  // " [" and "] "
  if (width >= rest + bar_min) {
    size_t bar = std::min(width - rest, bar_max);
    auto full = static_cast<size_t>(part * static_cast<double>(bar));
    line += " [" + std::string(full, '=');
    if (full < bar) line += '>' + std::string(bar - full - 1, ' ');
    line += "] ";
  } else {
    line += ' ';
  }
  line += end;
  if (line.size() > width) line.resize(width);
  return line;
}

progress_bar::progress_bar(std::string title, std::FILE* out)
    : progress_bar{std::move(title), out, isatty(fileno(out)) == 1} {}

progress_bar::progress_bar(std::string title, std::FILE* out, bool terminal)
    : title_{std::move(title)}, out_{out}, terminal_{terminal} {}

progress_bar::~progress_bar() {
  if (terminal_ && drawn_ && !finished_) std::fputc('\n', out_);  // what is written next starts on its own line
}

void progress_bar::show(double part, std::string_view note, time_point now) {
  if (finished_ || (drawn_ && now < next_)) return;
  next_ = now + (terminal_ ? std::chrono::milliseconds{redraw_every} : line_every);
  draw(part, note);
}

void progress_bar::finish(double part, std::string_view note) {
  if (finished_) return;
  draw(part, note);
  if (terminal_) std::fputc('\n', out_);
  std::fflush(out_);
  finished_ = true;
}

void progress_bar::draw(double part, std::string_view note) {
  drawn_ = true;
  if (terminal_) {
    // Erases what a longer line left behind. A column less than there are: a full line would wrap on some terminals.
    std::fputs(("\r" + progress_line(title_, part, note, columns(out_) - 1) + "\x1b[K").c_str(), out_);
  } else {
    std::fputs((progress_line(title_, part, note, 160) + '\n').c_str(), out_);
  }
  std::fflush(out_);
}

}  // namespace cartwheel
