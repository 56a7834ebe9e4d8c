#include "core/rule/regex.h"

#include <cstddef>

namespace certmap {
namespace {

constexpr int kRegexMemory = 1 << 20;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != characters.npos;
}

bool stands_for_itself(char c) { return is_alphanumeric(c) || is_one_of(c, "@-_/:,;=<> "); }

/// Alternatives, flags, and escapes of which more letters may be a part.
bool is_hard_to_read(std::string_view pattern) {
  for (; !pattern.empty(); pattern.remove_prefix(1)) {
    const bool is_flag =
        pattern.starts_with("(?") && !pattern.starts_with("(?P<") && !pattern.starts_with("(?:");
    if (is_flag || pattern[0] == '|') return true;
    if (pattern[0] != '\\') continue;
    pattern.remove_prefix(1);
    if (pattern.empty() || (is_alphanumeric(pattern[0]) && !is_one_of(pattern[0], "dDsSwW")))
      return true;
  }
  return false;
}

}  // namespace

RE2::Options regex_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  return options;
}

std::string literal_end(std::string_view pattern) {
  if (is_hard_to_read(pattern)) return {};
  std::string end;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool is_escaped = pattern[i] == '\\';
    if (is_escaped) ++i;
    const char c = pattern[i];
    // All else repeats what is before it, or ends a class, a group or a count.
    if (is_escaped ? !is_alphanumeric(c) : stands_for_itself(c))
      end += c;
    else
      end.clear();
  }
  return end;
}

}  // namespace certmap
