// Audit logs: whatever the lines are, they are read to their end and as the library's tree of them
// has it, each counts once, and nothing that is printed can steer a terminal.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "../unit/tool/expiring/event_tree.h"
#include "core/certificate/account.h"
#include "core/text/calendar.h"
#include "core/text/visible.h"
#include "tool/expiring/list.h"

using namespace certmap;

namespace {

constexpr std::int64_t kNow = 1795262400;

void require(bool holds) {
  if (!holds) std::abort();
}

void compare(std::string_view line) {
  EventReader reader;
  const auto tree = nlohmann::json::parse(line, nullptr, false);
  require(reader.read(line) != tree.is_discarded());
  require(tree.is_discarded() || difference(reader, tree).empty());
}

LogLines read(std::string_view text, Sightings& log) {
  LogLines lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    log.read_line(line, lines);
    compare(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  require(lines.events + lines.others <= lines.all && lines.first_other <= lines.all);
  return lines;
}

void check(const ExpiringCertificate& each) {
  require(each.seen.first <= each.seen.last && !each.sha256.empty());
  require(days_between(kNow, each.seen.not_after) <= 30);
  require(is_clean_text(visible(each.seen.subject)));
  for (const auto& account : each.accounts) require(!account.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Sightings log(kNow + 30 * 86400);
  const auto once = read(text, log);
  const auto list = expiring_certificates(log, kNow, 30);
  for (const auto& each : list.certificates) check(each);
  const auto again = read(text, log);
  // A damaged line whose event was seen meanwhile may count as one: it is not parsed again.
  require(again.events >= once.events && again.events + again.others == once.events + once.others);
  return 0;
}
