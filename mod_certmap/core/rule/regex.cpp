#include "core/rule/regex.h"

namespace certmap {
namespace {

constexpr int kRegexMemory = 1 << 20;

}  // namespace

RE2::Options regex_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  return options;
}

}  // namespace certmap
