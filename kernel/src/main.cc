#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "commands.h"
#include "module.h"

namespace {

uint64_t clock_ns(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// Before main little but the loader has run, so the processor time used until then is how long ago exec was.
const uint64_t g_process_start_ns = clock_ns(CLOCK_MONOTONIC) - clock_ns(CLOCK_PROCESS_CPUTIME_ID);

int usage(std::FILE *to) {
  std::fputs(
      "stanchion run MANIFEST [--var name=value]... [--metrics FILE] [--log-level LEVEL]\n"
      "stanchion check MANIFEST [--var name=value]... [--show]\n"
      "stanchion plugins list | inspect FILE|ID | check MANIFEST\n"
      "stanchion --version\n"
      "stanchion WORD ...     runs stanchion-WORD, installed beside this program\n",
      to);
  return to == stdout ? 0 : 2;
}

}  // namespace

namespace stn::kernel {

int tool_command(const std::string &word, char **argv) {
  std::error_code ec;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ec);
  const std::string tool = (self.parent_path() / ("stanchion-" + word)).string();
  if (word.find('/') == std::string::npos) ::execv(tool.c_str(), argv + 1);
  std::fprintf(stderr, "stanchion: no command '%s': %s: %s\n", word.c_str(), tool.c_str(),
               std::strerror(errno));
  usage(stderr);
  return 2;
}

}  // namespace stn::kernel

int main(int argc, char **argv) {
  using namespace stn::kernel;
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.empty()) return usage(stderr);
  if (word == "--help" || word == "-h" || word == "help") return usage(stdout);
  if (word == "--version") {
    std::printf("stanchion %s (plugin core %u.%u draft %u)\n", kernel_version(),
                STN_VER_MAJOR(STN_CORE_VERSION), STN_VER_MINOR(STN_CORE_VERSION), STN_ABI_DRAFT);
    return 0;
  }
  if (word != "run" && word != "check" && word != "plugins") return tool_command(word, argv);
  arguments a;
  std::string why;
  if (!parse_arguments(argc, argv, 2, &a, &why)) {
    std::fprintf(stderr, "stanchion %s: %s\n", word.c_str(), why.c_str());
    return 2;
  }
  if (word == "run") return run_command(a, g_process_start_ns);
  return word == "check" ? check_command(a) : plugins_command(a);
}
