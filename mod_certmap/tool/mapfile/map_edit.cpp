#include "tool/mapfile/map_edit.h"

#include <algorithm>
#include <cstddef>
#include <unordered_set>

#include "core/text/encodings.h"

namespace certmap {
namespace {

std::size_t start_of_first_line(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
}

/// Each with its end.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  text.remove_prefix(start_of_first_line(text));
  while (!text.empty()) {
    const auto newline = text.find('\n');
    lines.push_back(text.substr(0, newline == text.npos ? newline : newline + 1));
    text.remove_prefix(lines.back().size());
  }
  return lines;
}

/// The text with `edit(line)` instead of these lines.
template <typename Edit>
std::string edited(std::string_view text, const std::vector<std::uint32_t>& numbers, Edit edit) {
  std::string result(text.substr(0, start_of_first_line(text)));
  result.reserve(text.size());
  const std::unordered_set<std::uint32_t> chosen(numbers.begin(), numbers.end());
  std::uint32_t number = 0;
  for (const auto line : lines_of(text))
    if (chosen.contains(++number))
      result += edit(line);
    else
      result += line;
  return result;
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::string_view line_end_of(std::string_view text) {
  const auto newline = text.find('\n');
  return newline != text.npos && newline > 0 && text[newline - 1] == '\r' ? "\r\n" : "\n";
}

}  // namespace

std::string map_field(std::string_view text) {
  constexpr auto kNeedsEscape = [](char c) { return c == '"' || c == '\\'; };
  constexpr auto kNeedsQuotes = [](char c) { return c == ' ' || c == '\t' || c == '"'; };
  const bool plain =
      !text.empty() && text.front() != '#' && std::ranges::none_of(text, kNeedsQuotes);
  if (plain) return std::string(text);
  std::string field;
  field.reserve(text.size() + 8);
  field += '"';
  for (auto at = text.begin(); at != text.end();) {
    if (kNeedsEscape(*at)) field += '\\';
    const auto next = std::find_if(at + 1, text.end(), kNeedsEscape);
    field.append(at, next);
    at = next;
  }
  field += '"';
  return field;
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

std::vector<std::string_view> map_lines(std::string_view text) {
  auto lines = lines_of(text);
  for (auto& line : lines) line = without_line_end(line);
  return lines;
}

std::string without_lines(std::string_view text, const std::vector<std::uint32_t>& numbers) {
  auto kept = edited(text, numbers, [](std::string_view) { return std::string_view(); });
  if (!text.ends_with('\n') && kept.ends_with('\n')) kept.resize(without_line_end(kept).size());
  return kept;
}

std::string with_marked_lines(std::string_view text, const std::vector<std::uint32_t>& numbers,
                              std::string_view mark) {
  return edited(text, numbers,
                [&](std::string_view line) { return std::string(mark).append(line); });
}

}  // namespace certmap
