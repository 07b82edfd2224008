#include "app/command_line.hpp"
#include "app/logging.hpp"

#include <exception>
#include <iostream>

namespace {

using namespace cartwheel;

int run(const serve_options& o) { return serve(o); }
int run(const demo_options& o) { return demo(o); }
int run(const replay_options& o) { return replay(o); }
int run(const load_options& o) { return load(o); }
int run(const in_doubt_options& o) { return in_doubt(o); }
int run(const dead_letters_options& o) { return dead_letters(o); }
int run(const explain_options& o) { return explain_cart(o); }
int run(const import_options& o) { return import_files(o); }
int run(const suppression_options& o) { return suppression_tool(o); }
int run(const journal_options& o) { return journal_tool(o); }
int run(const export_options& o) { return export_person(o); }
int run(const relay_probe_options& o) { return relay_probe(o); }
int run(const preview_options& o) { return preview(o); }
int run(const check_options& o) { return check(o); }

}  // namespace

int main(int argc, char** argv) {
  try {
    auto asked = read_command_line(argc, argv);
    if (auto* bye = std::get_if<farewell>(&asked)) {
      std::cout << bye->output << std::flush;
      std::cerr << bye->complaints;
      return bye->exit_code;
    }
    const auto& line = std::get<command_line>(asked);
    set_up_logging(line.log_level);
    return std::visit([](const auto& options) { return run(options); }, line.command);
  } catch (const std::exception& error) {
    // Start-up is where exceptions belong; one that comes this far names what it is about.
    std::cerr << "cartwheel: " << error.what() << '\n';
    return 1;
  }
}
