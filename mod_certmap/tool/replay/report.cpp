#include "tool/replay/report.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/text/calendar.h"
#include "core/text/json.h"
#include "core/text/visible.h"
#include "tool/command.h"

namespace certmap {
namespace {

constexpr std::size_t kColumns = 7;
constexpr std::size_t kShortDigest = 16;
using Row = std::array<std::string, kColumns>;

bool is_change(Change change) {
  return change == Change::LetIn || change == Change::Refused || change == Change::SomebodyElse;
}

/// Places where the same changes for the same certificate are one row.
struct Group {
  const Replayed* first;
  std::int64_t seen = 0;
  std::size_t more = 0;
};

Row row_of(const Group& group) {
  const auto& one = *group.first;
  auto place = visible(one.place.vhost + one.place.location);
  if (one.place.method != "GET") place = visible(one.place.method) + " " + place;
  if (group.more > 0) place += " (and " + std::to_string(group.more) + " more)";
  return {word(one.comparison.change), visible(one.comparison.was),
          visible(one.comparison.now), place,
          utc_date(group.seen),        one.sha256.substr(0, kShortDigest),
          visible(one.subject)};
}

std::vector<Row> rows_of(const ReplayReport& report) {
  std::map<std::tuple<Change, std::string, std::string, std::string, std::string>, Group> groups;
  for (const auto& each : report.all) {
    const auto& [change, was, now, why] = each.comparison;
    if (!is_change(change)) continue;
    auto [group, is_new] = groups.try_emplace(
        {change, each.subject + each.sha256, was, now, each.place.vhost}, Group{.first = &each});
    if (!is_new) ++group->second.more;
    group->second.seen = std::max(group->second.seen, each.seen);
  }
  std::vector<Row> rows;
  for (const auto& [key, group] : groups) rows.push_back(row_of(group));
  return rows;
}

std::string table_of(std::vector<Row> rows) {
  rows.insert(rows.begin(), {"CHANGE", "WAS", "NOW", "PLACE", "SEEN", "SHA256", "SUBJECT"});
  std::array<std::size_t, kColumns> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i)
      text += row[i] + std::string(widths[i] - columns_of(row[i]) + 2, ' ');
    text += row.back() + "\n";
  }
  return text;
}

/// How often each sentence was said about what cannot be told.
std::string sentences_of(const ReplayReport& report) {
  std::map<std::string, std::size_t> times;
  for (const auto& each : report.all)
    if (each.comparison.change == Change::CannotTell) ++times[each.comparison.why];
  std::string text;
  for (const auto& [why, count] : times) text += std::to_string(count) + " " + visible(why) + "\n";
  return text;
}

std::string line_of(std::size_t count, const char* what) {
  return count == 0 ? "" : std::to_string(count) + " " + what + "\n";
}

JsonObject json_of(const Replayed& each) {
  const auto& [change, was, now, why] = each.comparison;
  JsonObject json;
  json.text("change", word(change));
  json.text("was", was);
  json.text("now", now);
  json.text("vhost", each.place.vhost);
  json.text("location", each.place.location);
  json.text("method", each.place.method);
  json.text("host", each.place.host);
  json.text("last_seen", utc_text(each.seen));
  json.text("sha256", each.sha256);
  json.text("subject", each.subject);
  if (!why.empty()) json.text("why", why);
  return json;
}

}  // namespace

int ReplayReport::exit() const {
  if (count(Change::LetIn) + count(Change::Refused) + count(Change::SomebodyElse) > 0) return kNo;
  const auto unknown =
      count(Change::Directory) + count(Change::NotKept) + count(Change::CannotTell) + left_out;
  return unknown > 0 ? kCannotTell : kYes;
}

std::string replay_text(const ReplayReport& report) {
  const auto rows = rows_of(report);
  const auto table = rows.empty() ? std::string() : table_of(rows) + "\n";
  return table + std::to_string(report.count(Change::Same)) + " the same, " +
         std::to_string(report.count(Change::LetIn)) + " let in, " +
         std::to_string(report.count(Change::Refused)) + " refused, " +
         std::to_string(report.count(Change::SomebodyElse)) + " somebody else\n" +
         line_of(report.count(Change::Expired), "expired since") +
         line_of(report.count(Change::Directory), "cannot tell: a directory does not answer") +
         line_of(report.count(Change::NotKept), "cannot tell: the certificate is not kept") +
         sentences_of(report) +
         line_of(report.left_out, "events left out: too many places; see --since and --location") +
         line_of(report.successes,
                 "were let in: of their connections the log has the first place only");
}

std::string replay_json(const ReplayReport& report) {
  JsonObject counts;
  for (std::size_t i = 0; i < kChanges; ++i)
    counts.number(word(static_cast<Change>(i)), report.counts[i]);
  counts.number("left out", report.left_out);
  std::vector<JsonObject> different;
  for (const auto& each : report.all) different.push_back(json_of(each));
  JsonObject json;
  json.number("exit", report.exit());
  json.object("counts", counts);
  json.objects("different", different);
  return json.visible();
}

}  // namespace certmap
