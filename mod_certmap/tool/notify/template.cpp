#include "tool/notify/template.h"

#include <unistr.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/text/encodings.h"
#include "core/text/joined.h"
#include "core/text/visible.h"
#include "tool/command.h"

namespace certmap {
namespace {

constexpr std::string_view kSubject = "Subject:";

std::string listed(const FilledText::Values& names) {
  return joined(names, [](const auto& each) { return "{" + each.first + "}"; });
}

/// Calls `literal` with each piece of text, and `name` with each name between braces.
template <typename Literal, typename Name>
void for_each_part(std::string_view text, Literal literal, Name name) {
  while (!text.empty()) {
    const auto brace = text.find_first_of("{}");
    literal(text.substr(0, brace));
    if (brace == std::string_view::npos) return;
    text.remove_prefix(brace);
    if (text.size() > 1 && text[1] == text[0]) {
      literal(text.substr(0, 1));
      text.remove_prefix(2);
      continue;
    }
    const auto end = text[0] == '{' ? text.find('}') : std::string_view::npos;
    const bool closed = end != std::string_view::npos;
    name(text.substr(0, closed ? end + 1 : 1));
    text.remove_prefix(closed ? end + 1 : 1);
  }
}

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

FilledText::FilledText(std::string text, const Values& names, const std::string& where)
    : text_(std::move(text)) {
  for_each_part(
      text_, [](std::string_view) {},
      [&](std::string_view part) {
        if (part.size() < 2 || !names.contains(part.substr(1, part.size() - 2)))
          throw ToolError(where + ": \"" + visible(part.substr(0, 40)) + "\" is none of " +
                          listed(names) + "; write {{ and }} for braces");
      });
}

std::string FilledText::fill(const Values& values) const {
  std::string out;
  for_each_part(
      text_, [&](std::string_view literal) { out += literal; },
      [&](std::string_view part) { out += values.find(part.substr(1, part.size() - 2))->second; });
  return out;
}

MailTemplate read_mail_template(std::string_view text, const FilledText::Values& names,
                                const std::string& where) {
  if (u8_check(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) != nullptr)
    throw ToolError(where + " is not UTF-8; save it as UTF-8");
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  auto subject = take_line(text);
  if (!subject.starts_with(kSubject) || text.empty() || !take_line(text).empty())
    throw ToolError(where + ": write \"Subject: ...\" in the first line, an empty line, the text");
  subject.remove_prefix(kSubject.size());
  subject.remove_prefix(std::min(subject.find_first_not_of(" \t"), subject.size()));
  return {FilledText(std::string(subject), names, where),
          FilledText(std::string(text), names, where)};
}

}  // namespace certmap
