#include <cstddef>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <string>
#include <utility>

#include "core/text/calendar.h"
#include "tool/commands.h"
#include "tool/expiring/read.h"
#include "tool/explain/ask.h"
#include "tool/replay/questions.h"
#include "tool/replay/report.h"

namespace certmap {
namespace {

std::int64_t read_since(const std::string& text) {
  if (text.empty()) return 0;
  if (const auto day = day_of(text)) return *day;
  if (const auto seconds = seconds_of(text); seconds >= 0) return seconds;
  throw ToolError("--since is no time: " + text +
                  "; write a day in UTC, 2026-11-28, or a moment, 2026-11-28T12:00:00Z");
}

EventFilter filter_of(const Arguments& arguments) {
  EventFilter filter{arguments.value("vhost"), arguments.value("location"),
                     read_since(arguments.value("since"))};
  if (!filter.location.empty() && !filter.location.starts_with('/'))
    throw ToolError("--location is no path: " + filter.location + "; write /PATH");
  return filter;
}

/// What the logs say that counts.
void read_events(const Arguments& arguments, LastEvents& events) {
  read_logs(arguments.operands, events);
  if (events.all().empty() && events.decisions() > 0)
    throw ToolError("none of the " + std::to_string(events.decisions()) +
                    " decisions in what was read is meant; see --vhost, --location and --since");
}

ReplayReport report_of(const LastEvents& events, const Questions& questions,
                       const std::string& command, std::int64_t now) {
  const auto answers = questions.ask(command);
  ReplayReport report{.left_out = events.left_out()};
  for (const auto& [pair, last] : events.all()) {
    const auto& kept = questions.kept()[pair.first];
    const auto answer = answers.find(pair);
    auto comparison = compare(last, kept ? &*kept : nullptr,
                              answer == answers.end() ? nullptr : &answer->second, now);
    ++report.counts[static_cast<std::size_t>(comparison.change)];
    if (comparison.change == Change::Same) continue;
    report.all.push_back({events.certificates()[pair.first], kept ? kept->subject : "",
                          events.places()[pair.second], last.milliseconds / 1000,
                          std::move(comparison)});
  }
  return report;
}

int run(const Arguments& arguments) {
  if (!arguments.has("certificates"))
    throw ToolError("name the folder of CertMapKeepCertificates with --certificates FOLDER");
  const auto command = arguments.has("httpd") ? arguments.value("httpd") : default_httpd();
  const std::int64_t now = std::time(nullptr);
  LastEvents events(filter_of(arguments));
  read_events(arguments, events);
  const Questions questions(events, arguments.value("certificates"), now);
  const auto report = report_of(events, questions, command, now);
  std::cout << (arguments.has("json") ? replay_json : replay_text)(report);
  return report.exit();
}

}  // namespace

Command replay_command() {
  return {.name = "replay",
          .operands = "AUDITLOG...",
          .least = 1,
          .most = kAny,
          .summary = "says who would be let in or refused by what is configured now",
          .options = {{"certificates", "FOLDER", "that of CertMapKeepCertificates"},
                      {"vhost", "NAME", "only this ServerName or Host; also as NAME:PORT"},
                      {"location", "PATH", "only this path and what is below it"},
                      {"since", "TIME", "only from this day or moment on, in UTC"},
                      {"httpd", "CMD",
                       "httpd's command line; otherwise apache2ctl, apachectl or httpd"},
                      {"json", "", "prints one JSON object"}},
          .run = run,
          .more =
              "Compares the last event of each certificate at each place with what the\n"
              "configuration on disk decides now. Reads logs as certmapctl expiring does.\n"
              "Exit status: 0 nothing changes, 1 something does, 2 it cannot be told of some."};
}

}  // namespace certmap
