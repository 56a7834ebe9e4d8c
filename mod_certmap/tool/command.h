// What certmapctl's commands have in common: arguments, help, errors. All of tool/ runs in the one
// thread of a process that ends with its command.
#pragma once

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

/// Exit statuses of certmapctl (docs/tools.md). A command's own meaning of "no" is kNo.
inline constexpr int kYes = 0;
inline constexpr int kNo = 1;
inline constexpr int kCannotTell = 2;

/// The command cannot be carried out: what() is one line, what is wrong and what to do. Exit status
/// kCannotTell.
class ToolError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The answer is no: exit status kNo. what() is as ToolError's.
class Refused : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Option {
  std::string name;      ///< without the "--"
  std::string argument;  ///< how help calls it: "FILE"; empty: a flag
  std::string help;      ///< what it does, in lower case, without a full stop
};

/// What stands behind a command's name.
class Arguments {
 public:
  std::map<std::string, std::string> options;
  std::vector<std::string> operands;

  bool has(const std::string& option) const { return options.contains(option); }
  std::string value(const std::string& option, const std::string& otherwise = {}) const {
    const auto found = options.find(option);
    return found == options.end() ? otherwise : found->second;
  }
};

struct Command {
  std::string name;
  std::string operands;  ///< how help calls them: "MAPFILE CERT|KEY ACCOUNT"
  std::size_t least;     ///< number of operands
  std::size_t most;
  std::string summary;  ///< what it does, in lower case, without a full stop
  std::vector<Option> options;
  int (*run)(const Arguments& arguments);
  std::string more;  ///< what else its help says; lines of at most 78 characters
};

inline constexpr std::size_t kAny = static_cast<std::size_t>(-1);

/// Throws ToolError. `argv` begins with the command's name.
Arguments parse_arguments(const Command& command, int argc, char** argv);
std::string help_of(const Command& command);

/// A number of days that stands behind --days. Throws ToolError.
int read_days(const std::string& text);
/// --days of a command that takes one; 30 where it is not given. Throws ToolError.
int days_of(const Arguments& arguments);

/// How many columns `text`, which is visible(), takes.
std::size_t columns_of(std::string_view text);

}  // namespace certmap
