// Templates and addresses of notify: whatever they hold, a mail keeps its form, and goes to one
// plain mailbox or to nobody.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/notify/mail_message.h"
#include "tool/notify/template.h"

using namespace certmap;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_mailbox(std::string_view text) {
  if (!is_plain_mailbox(text)) return;
  require(std::ranges::count(text, '@') == 1 && text[0] != '-' && text.size() <= 318);
  require(std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; }));
  require(text.find_first_of("\"(),:;<>[\\]|`$&%!/") == text.npos);
}

/// The head has the lines that it should have, each of a form that no value can break.
void check_message(const std::string& message) {
  const auto end = message.find("\n\n");
  require(end != message.npos);
  const auto head = std::string_view(message).substr(0, end);
  require(head.find("\nTo: c@d\nSubject: ") != head.npos && std::ranges::count(head, ':') >= 9);
  for (std::size_t start = 0; start < head.size();) {
    const auto line = head.substr(start, head.find('\n', start) - start);
    require(line.size() <= 78 && !line.empty());
    require(std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7F; }));
    start += line.size() + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_mailbox(text);
  const FilledText::Values values = {{"account", visible(text)}, {"days", "5"}};
  try {
    const auto mail = read_mail_template(text, values, "it");
    check_message(mail_message(
        {"a@b", "c@d", visible(mail.subject.fill(values)), mail.body.fill(values), "1"}, 0));
  } catch (const ToolError&) {
  }
  check_message(mail_message({"a@b", "c@d", visible(text), std::string(text), "1"}, 0));
  return 0;
}
