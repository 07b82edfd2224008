#include "app/progress_bar.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cartwheel {
namespace {

using namespace std::chrono_literals;

/// A stream that keeps what is written to it.
class kept_output {
 public:
  std::FILE* file() { return file_.get(); }
  std::string text() {
    std::fflush(file_.get());
    std::rewind(file_.get());
    std::string out(64 * 1024, '\0');
    out.resize(std::fread(out.data(), 1, out.size(), file_.get()));
    return out;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{std::tmpfile(), std::fclose};
};

const progress_bar::time_point start{1h};

TEST(progress_line, shows_the_part) {
  EXPECT_EQ(progress_line("load", 0.5, "1.2 M events/s", 44), "load [=======>       ]  50 %  1.2 M events/s");
  EXPECT_EQ(progress_line("load", 0, "", 30), "load [>                ]   0 %");
  EXPECT_EQ(progress_line("load", 1, "", 30), "load [=================] 100 %");
}

TEST(progress_line, keeps_to_its_width) {
  for (size_t width = 0; width < 100; width++) EXPECT_LE(progress_line("demo", 0.3, "a note", width).size(), width);
  EXPECT_EQ(progress_line("demo", 0.3, "a note", 20), "demo  30 %  a note");
}

TEST(progress_line, takes_what_is_no_part) {
  EXPECT_EQ(progress_line("x", -1, "", 5), "x   0");
  EXPECT_EQ(progress_line("x", 7, "", 7), "x 100 %");
  EXPECT_EQ(progress_line("x", 0.0 / 0.0, "", 7), "x   0 %");
}

TEST(progress_bar, writes_a_line_every_few_seconds_into_a_log) {
  kept_output out;
  {
    progress_bar bar{"load", out.file(), false};
    bar.show(0.1, "a", start);
    bar.show(0.2, "b", start + 1s);
    bar.show(0.3, "c", start + 6s);
    bar.finish(1, "done");
    bar.show(1, "late", start + 60s);
  }
  auto text = out.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find("  b"), std::string::npos);
  EXPECT_NE(text.find("100 %  done\n"), std::string::npos);
}

TEST(progress_bar, redraws_at_a_terminal) {
  kept_output out;
  {
    progress_bar bar{"load", out.file(), true};
    bar.show(0.1, "a", start);
    bar.show(0.2, "b", start + 50ms);
    bar.show(0.3, "c", start + 150ms);
  }
  auto text = out.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 2);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);  // the destructor's
  EXPECT_EQ(text.back(), '\n');
}

TEST(progress_bar, stays_silent_without_a_show) {
  kept_output out;
  { progress_bar bar{"load", out.file(), true}; }
  EXPECT_EQ(out.text(), "");
}

}  // namespace
}  // namespace cartwheel
