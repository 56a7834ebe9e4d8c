#include "tool/command.h"

#include <getopt.h>
#include <uniwidth.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "core/certificate/account.h"

namespace certmap {
namespace {

constexpr int kFirstOption = 256;  // values that are no characters
constexpr int kUsualDays = 30, kMostDays = 36500;

std::vector<option> getopt_table(const Command& command) {
  std::vector<option> table;
  for (const auto& each : command.options)
    table.push_back({each.name.c_str(), each.argument.empty() ? no_argument : required_argument,
                     nullptr, kFirstOption + static_cast<int>(table.size())});
  table.push_back({nullptr, 0, nullptr, 0});
  return table;
}

ToolError usage_error(const Command& command, const std::string& what) {
  return ToolError(what + "; see certmapctl " + command.name + " --help");
}

void check_count(const Command& command, std::size_t count) {
  if (count < command.least)
    throw usage_error(command, command.name + " needs " + command.operands);
  if (count > command.most)
    throw usage_error(command, command.name + " takes only " + command.operands);
}

std::string left_column(const Option& option) {
  return "  --" + option.name + (option.argument.empty() ? "" : " " + option.argument);
}

/// What getopt just answered "?" for: of a word "-abc" one letter, else the word before.
std::string unknown_option(char** argv) {
  const bool is_letter = optopt != 0 && optopt < kFirstOption;
  return is_letter ? std::string("-") + static_cast<char>(optopt) : argv[optind - 1];
}

/// Puts what getopt found where it belongs. Throws ToolError.
void take_option(const Command& command, const Option& option, Arguments& arguments) {
  const std::string value = optarg ? optarg : "";
  if (!option.argument.empty() && value.empty())
    throw usage_error(command, "the argument of --" + option.name + " is empty");
  if (!arguments.options.emplace(option.name, value).second)
    throw usage_error(command, "--" + option.name + " is given twice");
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  if (is_plain_ascii(text)) return text.size();
  const int width =
      u8_width(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), "UTF-8");
  return width > 0 ? static_cast<std::size_t>(width) : 0;
}

Arguments parse_arguments(const Command& command, int argc, char** argv) {
  const auto table = getopt_table(command);
  Arguments arguments;
  optind = 0;  // GNU: begin anew
  opterr = 0;
  // "+" would end options at the first operand; ":" tells a missing argument from an unknown
  // option.
  for (int found; (found = getopt_long(argc, argv, ":", table.data(), nullptr)) != -1;) {
    if (found == ':')
      throw usage_error(command, std::string(argv[optind - 1]) + " needs an argument");
    if (found < kFirstOption) throw usage_error(command, "unknown option " + unknown_option(argv));
    take_option(command, command.options[static_cast<std::size_t>(found - kFirstOption)],
                arguments);
  }
  arguments.operands.assign(argv + optind, argv + argc);
  check_count(command, arguments.operands.size());
  return arguments;
}

int read_days(const std::string& text) {
  int days = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error != std::errc() || end != text.data() + text.size() || days < 0 || days > kMostDays)
    throw ToolError("--days " + text + " is no number of days; write one from 0 to " +
                    std::to_string(kMostDays));
  return days;
}

int days_of(const Arguments& arguments) {
  return read_days(arguments.value("days", std::to_string(kUsualDays)));
}

std::string help_of(const Command& command) {
  std::string text = "Usage: certmapctl " + command.name +
                     (command.options.empty() ? "" : " [OPTION...]") + " " + command.operands +
                     "\n\n" + command.summary + "\n";
  std::size_t width = 0;
  for (const auto& each : command.options) width = std::max(width, left_column(each).size());
  if (!command.options.empty()) text += "\n";
  for (const auto& each : command.options) {
    const auto left = left_column(each);
    text += left + std::string(width - left.size() + 2, ' ') + each.help + "\n";
  }
  if (!command.more.empty()) text += "\n" + command.more + "\n";
  return text;
}

}  // namespace certmap
