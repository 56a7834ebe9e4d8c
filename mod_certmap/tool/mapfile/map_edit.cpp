#include "tool/mapfile/map_edit.h"

#include <algorithm>
#include <cstddef>

#include "core/map/fields.h"

namespace certmap {
namespace {

std::size_t start_of_first_line(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
}

/// Where a line stands in the text; `next` is where the one after it begins.
struct Place {
  std::size_t start, next;
};

/// Goes through the lines from the front; the numbers asked for rise.
class LineFinder {
 public:
  explicit LineFinder(std::string_view text) : text_(text), start_(start_of_first_line(text)) {}

  Place find(std::uint32_t number) {
    for (; number_ < number; ++number_) start_ = end_of_line();
    return {start_, end_of_line()};
  }

 private:
  std::size_t end_of_line() const {
    const auto newline = text_.find('\n', start_);
    return newline == text_.npos ? text_.size() : newline + 1;
  }

  std::string_view text_;
  std::size_t start_;
  std::uint32_t number_ = 1;
};

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::string_view line_end_of(std::string_view text) {
  const auto newline = text.find('\n');
  return newline != text.npos && newline > 0 && text[newline - 1] == '\r' ? "\r\n" : "\n";
}

std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace

std::string map_field(std::string_view text) {
  const bool plain =
      !text.empty() && text.front() != '#' && text.find_first_of(" \t\"") == std::string_view::npos;
  if (plain) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') field += '\\';
    field += c;
  }
  return field + '"';
}

std::string entry_line(const NewEntry& entry) {
  std::string line = map_field(entry.key) + "   " + map_field(entry.account);
  if (!entry.groups.empty()) line += "   " + map_field("groups=" + entry.groups);
  if (!entry.expires.empty()) line += "   " + map_field("expires=" + entry.expires);
  return line;
}

void append_line(std::string& text, std::string_view line) {
  const auto end = line_end_of(text);
  const bool first = text.size() == start_of_first_line(text);
  const bool ended = first || text.ends_with('\n');
  if (!ended) text += end;
  text += line;
  if (ended) text += end;
}

std::uint32_t count_lines(std::string_view text) {
  text.remove_prefix(start_of_first_line(text));
  const auto newlines = static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
  return newlines + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

std::string_view line_at(std::string_view text, std::uint32_t number) {
  const auto place = LineFinder(text).find(number);
  return without_line_end(text.substr(place.start, place.next - place.start));
}

std::string without_lines(std::string_view text, const std::vector<std::uint32_t>& numbers) {
  LineFinder finder(text);
  std::string kept;
  kept.reserve(text.size());
  std::size_t at = 0;
  for (const auto number : sorted(numbers)) {
    const auto place = finder.find(number);
    kept += text.substr(at, place.start - at);
    at = place.next;
  }
  kept += text.substr(at);
  const bool ended = text.ends_with('\n');
  if (!ended && kept.ends_with('\n')) kept.resize(without_line_end(kept).size());
  return kept;
}

std::string with_marked_lines(std::string_view text, const std::vector<std::uint32_t>& numbers,
                              std::string_view mark) {
  LineFinder finder(text);
  std::string marked;
  marked.reserve(text.size() + numbers.size() * mark.size());
  std::size_t at = 0;
  for (const auto number : sorted(numbers)) {
    const auto start = finder.find(number).start;
    marked.append(text.substr(at, start - at)).append(mark);
    at = start;
  }
  return marked.append(text.substr(at));
}

}  // namespace certmap
