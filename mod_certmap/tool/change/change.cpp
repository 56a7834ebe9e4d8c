#include "tool/change/change.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string_view>

#include "core/live/descriptor.h"
#include "core/map/image_builder.h"
#include "core/map/map_file.h"
#include "core/map/parser.h"
#include "core/text/calendar.h"
#include "core/text/error.h"
#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/lint/doubts.h"

namespace certmap {
namespace {

constexpr std::string_view kPast = "# was: ";

/// Warns of what is doubtful about a line that the server takes.
void warn_of_doubts(const std::string& line) {
  MapMessages messages;
  MapParser parser(
      [](const MapLine& read) {
        for (const auto& doubt :
             {doubt_about_key(read), doubt_about_expiry(read, now_in_seconds(), -1)})
          if (doubt) warn(*doubt);
      },
      messages);
  parser.read(line);
  for (const auto& [number, warning] : messages.warnings.in_order()) warn(warning);
}

}  // namespace

MapChange::MapChange(const std::string& path, const MapTarget& target, LockedMap::Missing missing)
    : path_(path), file_(path, missing), lines_(map_lines(file_.text())) {
  if (file_.status()) check_file();
  scan_ = scan_map(path_, file_.text(), [&](const Attribute& kind) { return target.keys(kind); });
  if (scan_.errors.empty()) return;
  const auto more = scan_.error_count - 1;
  throw Refused(visible(scan_.errors.front()) +
                (more > 0 ? " (and " + std::to_string(more) + " more)" : "") +
                "; the server does not take this file: mend it first, certmapctl lint " +
                visible(path_) + " shows all; nothing was changed");
}

void MapChange::check_file() const {
  const auto refusals = map_file_refusals(path_, *file_.status(), geteuid());
  if (!refusals.empty()) throw Refused(visible(refusals.front()) + "; nothing was changed");
}

std::string MapChange::place(std::uint32_t line) const {
  return visible(path_) + ':' + std::to_string(line);
}

const MapHit* MapChange::find(const MapKey& key) const {
  const auto hit = std::ranges::find_if(
      scan_.hits, [&](const MapHit& each) { return each.kind == key.kind && each.key == key.key; });
  return hit == scan_.hits.end() ? nullptr : &*hit;
}

MapHit MapChange::read(const MapKey& key, const NewEntry& entry) {
  MapHit hit;
  try {
    hit = read_map_line(entry_line(entry), scan_.kinds);
  } catch (const ConfigError& error) {
    throw ToolError(visible(error.what()));
  }
  if (hit.kind != key.kind || hit.key != key.key)
    throw ToolError("no map file can hold " + visible(key.field) +
                    "; choose another kind with --by");
  return hit;
}

void MapChange::append(const NewEntry& entry, const std::string& what) {
  new_lines_.push_back(entry_line(entry));
  const auto at = static_cast<std::uint32_t>(lines_.size() + new_lines_.size());
  said_.push_back(place(at) + ": " + what + ": " + visible(new_lines_.back()));
}

void MapChange::remove(const MapHit& hit, const std::string& what) {
  removed_.push_back(hit.line);
  said_.push_back(place(hit.line) + ": " + what + ": " + visible(lines_.at(hit.line - 1)));
}

void MapChange::mark_as_past(const MapHit& hit) {
  if (kPast.size() + lines_.at(hit.line - 1).size() > kMaxMapLine)
    throw Refused(place(hit.line) +
                  " has the same key, and is too long to become a comment; take it out first, with "
                  "certmapctl " +
                  (hit.blocked ? "unblock" : "remove") + "; nothing was changed");
  past_.push_back(hit.line);
  said_.push_back(place(hit.line) + ": now a comment: " + visible(lines_.at(hit.line - 1)));
}

void MapChange::commit() {
  auto text = removed_.empty() ? with_marked_lines(file_.text(), past_, kPast)
                               : without_lines(file_.text(), removed_);
  for (const auto& line : new_lines_) append_line(text, line);
  const auto mode = file_.replace(text);
  if (!file_.status()) std::cout << visible(path_) << ": created with mode " << octal(mode) << '\n';
  for (const auto& sentence : said_) std::cout << sentence << '\n';
  for (const auto& line : new_lines_) warn_of_doubts(line);
  if (const auto doubt = doubt_about_readers(path_)) warn(visible(path_ + ' ' + *doubt));
  std::cout.flush();
  if (!std::cout)
    throw ToolError("cannot write to standard output; " + visible(path_) + " was changed");
}

void MapChange::warn_of_stronger(const MapHit& added) const {
  const auto now = now_in_seconds();
  for (const auto& hit : scan_.hits)
    if (hit.blocked && is_in_force(hit.expires, now))
      return warn(place(hit.line) + " blocks the same certificate; the new entry does not decide");
  for (const auto index : order_of_kinds(scan_.kinds)) {
    const auto& kind = scan_.kinds[index].attribute;
    if (kind == added.kind) return;
    const auto hit = std::ranges::find(scan_.hits, kind, &MapHit::kind);
    if (hit == scan_.hits.end() || hit->blocked) continue;
    return warn(place(hit->line) + " gives the account \"" + visible(hit->account) + "\" by " +
                name_of(kind) + ", which is stronger and decides");
  }
}

void warn(const std::string& sentence) { std::cerr << "certmapctl: warning: " << sentence << '\n'; }

}  // namespace certmap
