#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "core/text/calendar.h"
#include "core/text/joined.h"
#include "core/text/json.h"
#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/expiring/list.h"
#include "tool/expiring/read.h"

namespace certmap {
namespace {

constexpr std::size_t kShortDigest = 16;
constexpr std::size_t kColumns = 7;
using Row = std::array<std::string, kColumns>;

Row row_of(const ExpiringCertificate& each, std::int64_t now) {
  auto subject = visible(each.seen.subject);
  if (each.newer_until != 0)
    subject += " (also in use: a newer one until " + utc_date(each.newer_until) + ")";
  return {std::to_string(days_between(now, each.seen.not_after)),
          utc_date(each.seen.not_after),
          each.accounts.empty() ? "-" : visible(joined(each.accounts)),
          utc_date(each.seen.last),
          visible(each.seen.serial),
          visible(each.sha256.substr(0, kShortDigest)),
          subject};
}

using Widths = std::array<std::size_t, kColumns>;

void print(const Row& row, const Widths& widths) {
  std::cout << std::string(widths[0] - columns_of(row[0]), ' ') << row[0];  // numbers: at the right
  for (std::size_t i = 1; i < kColumns; ++i) {
    std::cout << "  " << row[i];
    if (i + 1 < kColumns) std::cout << std::string(widths[i] - columns_of(row[i]), ' ');
  }
  std::cout << "\n";
}

/// Rows are made twice, because a million of them would take much memory.
void print_table(const ExpiringList& list, std::int64_t now) {
  const Row titles{"DAYS", "EXPIRES", "ACCOUNT", "SEEN", "SERIAL", "SHA256", "SUBJECT"};
  Widths widths{};
  const auto widen = [&](const Row& row) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  };
  widen(titles);
  for (const auto& each : list.certificates) widen(row_of(each, now));
  print(titles, widths);
  for (const auto& each : list.certificates) print(row_of(each, now), widths);
}

JsonObject json_of(const ExpiringCertificate& each, std::int64_t now) {
  JsonObject json;
  json.number("days_left", days_between(now, each.seen.not_after));
  json.text("not_after", utc_text(each.seen.not_after));
  json.texts("accounts", {each.accounts.begin(), each.accounts.end()});
  json.text("last_seen", utc_text(each.seen.last));
  json.text("subject", each.seen.subject);
  json.text("issuer", each.seen.issuer);
  json.text("serial_number", each.seen.serial);
  json.text("sha256", each.sha256);
  if (each.newer_until != 0) json.text("newer_until", utc_text(each.newer_until));
  return json;
}

void print_json(const ExpiringList& list, std::int64_t now, int days) {
  std::vector<JsonObject> expiring;
  for (const auto& each : list.certificates) expiring.push_back(json_of(each, now));
  JsonObject json;
  json.text("now", utc_text(now));
  json.number("days", days);
  json.number("renewed", list.renewed);
  json.objects("expiring", expiring);
  std::cout << json.visible();
}

int run(const Arguments& arguments) {
  const int days = days_of(arguments);
  const auto now = now_in_seconds();
  Sightings sightings(now + days * kSecondsPerDay);
  read_logs(arguments.operands, sightings);
  const auto list = expiring_certificates(sightings, now, days);
  if (arguments.has("json"))
    print_json(list, now, days);
  else if (!list.certificates.empty())
    print_table(list, now);
  return list.certificates.empty() ? kNo : kYes;
}

}  // namespace

Command expiring_command() {
  return {
      .name = "expiring",
      .operands = "AUDITLOG...",
      .least = 1,
      .most = kAny,
      .summary = "lists certificates that an audit log has seen and that expire soon",
      .options = {{"days", "N", "how soon; also how long expired ones are listed (30)"},
                  {"json", "", "prints one JSON object"}},
      .run = run,
      .more =
          "Reads rotated logs in any order, also those that gzip has compressed; - is standard\n"
          "input. A certificate that was not used any more once its account came with a newer\n"
          "one is left out. Exit status: 0 there are some, 1 there are none, 2 a log cannot\n"
          "be read."};
}

}  // namespace certmap
