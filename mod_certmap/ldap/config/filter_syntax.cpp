#include "ldap/config/filter_syntax.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/text/encodings.h"
#include "core/text/error.h"

namespace certmap {
namespace {

constexpr int kMaxDepth = 50;

bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }
bool is_keychar(char c) { return is_letter(c) || is_digit(c) || c == '-'; }

bool is_dotted_decimal(std::string_view text) {
  return is_digit(text.front()) && is_digit(text.back()) &&
         text.find("..") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
}

std::string shown(std::string_view text) {
  constexpr std::size_t kEnough = 60;
  std::string result;
  for (const char c : text.substr(0, kEnough))
    result += c == kSubstituted ? std::string("{...}") : std::string(1, c);
  return "\"" + result + (text.size() > kEnough ? "...\"" : "\"");
}

[[noreturn]] void refuse(const std::string& sentence) { throw ConfigError("filter: " + sentence); }

void check_escape(std::string_view value, std::size_t at) {
  if (at + 2 >= value.size() || !is_hex(value[at + 1]) || !is_hex(value[at + 2]))
    refuse("a backslash in " + shown(value) +
           " is not followed by two hex digits; write \\5c for a backslash itself");
}

void check_value(std::string_view value, bool may_have_asterisk) {
  for (std::size_t at = 0; at < value.size(); ++at)
    if (value[at] == '\\') check_escape(value, at);
  if (!may_have_asterisk && value.find('*') != std::string_view::npos)
    refuse("* in " + shown(value) + " can stand only behind =; write \\2a for an asterisk itself");
  if (value.find("**") != std::string_view::npos)
    refuse("** in " + shown(value) + " means the same as *; write one");
}

/// What stands before the value of an extensible match: [type] [":dn"] [":" rule]
void check_extensible(std::string_view left) {
  const auto colon = left.find(':');
  const auto type = left.substr(0, colon);
  auto rest = colon == std::string_view::npos ? std::string_view() : left.substr(colon);
  if (to_lower(rest.substr(0, 4)) == ":dn" || to_lower(rest.substr(0, 4)) == ":dn:")
    rest.remove_prefix(3);
  const bool good_rule = rest.empty() || is_attribute_type(rest.substr(1));
  const bool good_type = type.empty() ? !rest.empty() : is_attribute_description(type);
  if (!good_rule || !good_type)
    refuse(shown(left) + " before := is no extensible match; write ATTRIBUTE:RULE:=VALUE");
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<FilterItem> read() {
    read_filter(1);
    if (at_ < text_.size())
      refuse(shown(text_.substr(at_)) + " stands behind the end; write (&(...)(...)) around both");
    return std::move(items_);
  }

 private:
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (next() == ' ') ++at_;
  }

  void read_filter(int depth) {
    const auto begin = at_;
    if (depth > kMaxDepth) refuse("more than 50 parentheses in each other");
    if (next() != '(') refuse("( is missing before " + shown(text_.substr(at_)));
    ++at_;
    skip_blanks();
    if (next() == '&' || next() == '|' || next() == '!')
      read_list(depth);
    else
      read_item();
    if (next() != ')') refuse(") is missing behind " + shown(text_.substr(begin, at_ - begin)));
    ++at_;
  }

  void read_list(int depth) {
    const char operation = text_[at_++];
    int count = 0;
    for (skip_blanks(); next() == '('; ++count) {
      read_filter(depth + 1);
      if (operation != '!') skip_blanks();
    }
    const std::string sign(1, operation);
    if (count == 0) refuse("nothing stands behind " + sign + "; write (" + sign + "(...))");
    if (operation == '!' && count > 1) refuse("two filters stand behind !; write (!(|(...)(...)))");
  }

  void read_item() {
    const auto begin = at_;
    const auto left_end = text_.find_first_of("=()", at_);
    if (left_end == std::string_view::npos || text_[left_end] != '=')
      refuse("= is missing in " + shown(text_.substr(begin, left_end - begin)) +
             "; write (ATTRIBUTE=VALUE)");
    const auto left = text_.substr(begin, left_end - begin);
    at_ = std::min(text_.find_first_of("()", left_end), text_.size());
    const auto value = text_.substr(left_end + 1, at_ - left_end - 1);
    if (next() == '(') refuse("( behind " + shown(value) + " belongs to no filter; write \\28");
    items_.push_back({read_type(left, value), std::string(value)});
  }

  static std::string read_type(std::string_view left, std::string_view value) {
    if (left.find(kSubstituted) != std::string_view::npos)
      refuse("a template can stand only in a value, behind =, and not in " + shown(left));
    const char operation = left.empty() ? '\0' : left.back();
    const bool has_sign =
        operation != '\0' && std::string_view("<>~:").find(operation) != std::string_view::npos;
    check_value(value, !has_sign);
    if (has_sign) left.remove_suffix(1);
    if (operation == ':')
      check_extensible(left);
    else if (!is_attribute_description(left))
      refuse(shown(left) + " is no name of an attribute; write one like mail or userCertificate");
    return std::string(left.substr(0, left.find_first_of(";:")));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<FilterItem> items_;
};

}  // namespace

bool is_attribute_type(std::string_view text) {
  if (text.empty()) return false;
  return is_dotted_decimal(text) ||
         (is_letter(text.front()) && std::ranges::all_of(text, is_keychar));
}

bool is_attribute_description(std::string_view text) {
  const auto type_end = std::min(text.find(';'), text.size());
  if (!is_attribute_type(text.substr(0, type_end))) return false;
  const auto options = text.substr(type_end);
  return options.find(";;") == std::string_view::npos && !options.ends_with(';') &&
         std::ranges::all_of(options, [](char c) { return is_keychar(c) || c == ';'; });
}

std::vector<FilterItem> parse_filter(std::string_view filter) { return Parser(filter).read(); }

}  // namespace certmap
