// Stands in for libFuzzer where the compiler has none: runs a target over its seeds, then over mutations of them, the same
// ones each time. It knows nothing of coverage; it is here so that targets and seeds cannot rot, and to shake a parser for some
// seconds with every run of the tests, under the sanitizers too. What libFuzzer finds becomes a seed.
//
// Usage: NAME_fuzz SEEDS [--seconds N] [--seed N]   |   NAME_fuzz FILE...   runs these as they are
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*)());

namespace {

constexpr size_t input_bytes_max = 64 * 1024;
constexpr const char* crash_file = "fuzz-crash.bin";

std::string current;  // what runs now, for whoever wants to see it crash again

void save_current() {
  const int fd = ::open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return;
  for (size_t done = 0; done < current.size();) {
    const auto n = ::write(fd, current.data() + done, current.size() - done);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  ::close(fd);
  constexpr char said[] = "the input that did it is in fuzz-crash.bin\n";
  if (::write(2, said, sizeof said - 1) < 0) return;
}

void on_signal(int number) {
  save_current();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void run(std::string input) {
  current = std::move(input);
  // Of exactly its size, so that a sanitizer sees a byte read beyond it.
  std::vector<uint8_t> exact(current.begin(), current.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) {
    std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>{in}, {}};
}

class mutator {
 public:
  mutator(std::vector<std::string> seeds, uint64_t seed) : seeds_{std::move(seeds)}, random_{seed} {}

  std::string next() {
    std::string text = seeds_[below(seeds_.size())];
    for (size_t n = 1 + below(8); n > 0; --n) mutate(text);
    if (text.size() > input_bytes_max) text.resize(input_bytes_max);
    return text;
  }

 private:
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>{0, n - 1}(random_); }
  size_t place(const std::string& in) { return below(in.size() + 1); }
  std::string piece(const std::string& of) {
    const auto at = place(of);
    return of.substr(at, below(std::min<size_t>(of.size() - at, 512) + 1));
  }

  void flip(char& c) { c = static_cast<char>(static_cast<uint8_t>(c) ^ 1u << below(8)); }

  void mutate(std::string& text) {
    using namespace std::string_view_literals;
    static const std::string telling{"\r\n\t :;=-\"<>()@\\\0\x7f\xff"sv};
    switch (below(9)) {
      case 0:
        if (!text.empty()) flip(text[below(text.size())]);
        break;
      case 1:
        if (!text.empty()) text[below(text.size())] = static_cast<char>(below(256));
        break;
      case 2: text.insert(place(text), 1, telling[below(telling.size())]); break;
      case 3: {
        const auto at = place(text);
        text.erase(at, below(64) + 1);
        break;
      }
      case 4: text.insert(place(text), piece(text)); break;                          // something twice
      case 5: text.insert(place(text), piece(seeds_[below(seeds_.size())])); break;  // something of another
      case 6: text.resize(place(text)); break;                                       // cut off
      case 7: {                                                                      // a line end of another kind
        const auto at = text.find('\n', place(text));
        if (at != text.npos) text.replace(at, 1, below(2) == 0 ? "\r" : "\n\n");
        break;
      }
      default: text.insert(place(text), std::string(below(2000), telling[below(telling.size())])); break;
    }
  }

  std::vector<std::string> seeds_;
  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  long seconds = 3;
  uint64_t seed = 1;
  std::vector<std::filesystem::path> files;
  bool from_folder = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
      seconds = std::strtol(argv[++i], nullptr, 10);
    else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
      seed = std::strtoull(argv[++i], nullptr, 10);
    else if (std::filesystem::is_directory(argv[i])) {
      from_folder = true;
      for (const auto& e : std::filesystem::directory_iterator{argv[i]}) files.push_back(e.path());
    } else
      files.emplace_back(argv[i]);
  }
  if (files.empty()) {
    std::fprintf(stderr, "no seeds: give a folder or files\n");
    return 2;
  }
  std::ranges::sort(files);
  for (int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, on_signal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(save_current);
  std::vector<std::string> seeds;
  for (const auto& f : files) {
    seeds.push_back(read_file(f));
    run(seeds.back());
  }
  if (!from_folder) return 0;
  mutator mutations{std::move(seeds), seed};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{seconds};
  uint64_t runs = 0;
  for (; std::chrono::steady_clock::now() < end; ++runs) run(mutations.next());
  std::printf("%zu seeds and %llu mutations (seed %llu)\n", files.size(), static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(seed));
  return runs > 0 || seconds == 0 ? 0 : 1;
}
