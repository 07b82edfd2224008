#include "app/commands.hpp"
#include "app/config/endpoint.hpp"
#include "app/config/load.hpp"
#include "app/import/import_run.hpp"
#include "app/load/load_result.hpp"
#include "app/progress_bar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <thread>

namespace cartwheel {
namespace {

std::string in_words(const import_summary& s, bool dry_run) {
  auto words = fmt::format("{} rows: {} {} events and {} suppressions; {} bad", with_thousands(s.rows),
                           dry_run ? "would make" : "made", with_thousands(s.events), with_thousands(s.suppressions),
                           with_thousands(s.bad));
  if (s.coupons > 0)
    words += fmt::format("\n{} {} coupon codes; those that were known before stay as they are",
                         dry_run ? "would bring in" : "brought in", with_thousands(s.coupons));
  if (s.sales_without_address > 0)
    words += fmt::format(
      "\n{} customers with a paid order whose address does not come from a sale (address_source): no "
      "existing-customer basis",
      with_thousands(s.sales_without_address));
  return words + '\n';
}

}  // namespace

int import_files(const import_options& options) {
  auto config = load_or_complain(options.config, options.sets, std::cerr);
  if (!config) return 1;
  // Checked by the command line.
  if (!options.to.empty()) config->http.listen = *parse_listen(options.to.substr(options.to.find("//") + 2));
  std::error_code not_there;
  for (const auto& f : options.files)
    if (!options.out.empty() && std::filesystem::equivalent(f, options.out, not_there)) {
      std::cerr << options.out << ": is one of the files to be read\n";
      return 1;
    }
  uint64_t refused = 0;
  auto complain = [](const import_fault& f) { std::cerr << to_string(f.at) << ": " << f.why << '\n'; };
  auto refuse = [&](const import_fault& f) {
    ++refused;
    complain(f);
  };
  auto second = [] { std::this_thread::sleep_for(std::chrono::seconds{1}); };
  auto to = options.dry_run        ? nowhere()
            : !options.out.empty() ? to_file(options.out, refuse)
                                   : to_server(config->http, refuse, second);
  double all = 0, done = 0;
  for (const auto& f : options.files) all += static_cast<double>(std::filesystem::file_size(f));
  progress_bar bar{"import"};
  auto passed = [&](size_t bytes) {
    done += static_cast<double>(bytes);  // more than there are where a file is packed
    bar.show(std::min(1.0, done / std::max(all, 1.0)), "", std::chrono::steady_clock::now());
  };
  auto sum = run_import(options.files, import_kind_named(options.kind), *to, complain, passed);
  bar.finish(1, options.dry_run ? "judged" : "done");
  sum.bad += refused;
  std::cout << in_words(sum, options.dry_run) << std::flush;
  return sum.bad == 0 && std::cout ? 0 : 1;
}

}  // namespace cartwheel
