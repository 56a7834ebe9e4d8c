#include "httpd/status/html.h"

#include <apr_lib.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "core/count/metrics.h"
#include "httpd/page/page.h"

namespace certmap {
namespace {

/// 1,234,567
std::string digits(std::uint64_t number) {
  const auto plain = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i > 0 && (plain.size() - i) % 3 == 0) text += ',';
    text += plain[i];
  }
  return text;
}

/// The two greatest units: "3 d 4 h", "12 s".
std::string span_text(double seconds) {
  const auto all = static_cast<std::uint64_t>(std::max(0.0, seconds));
  const std::uint64_t parts[] = {all / 86400, all / 3600 % 24, all / 60 % 60, all % 60};
  constexpr std::array kUnits = {" d", " h", " min", " s"};
  for (std::size_t i = 0; i < 3; ++i)
    if (parts[i] > 0)
      return std::to_string(parts[i]) + kUnits[i] + " " + std::to_string(parts[i + 1]) +
             kUnits[i + 1];
  return std::to_string(parts[3]) + kUnits[3];
}

std::string time_text(double seconds) {
  apr_time_exp_t time;
  apr_time_exp_gmt(&time, static_cast<apr_time_t>(seconds) * APR_USEC_PER_SEC);
  char text[32];
  apr_size_t size = 0;
  apr_strftime(text, &size, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &time);
  return {text, size};
}

std::string text_cell(const std::string& html) { return "<td>" + html + "</td>"; }
std::string head_cell(const std::string& html) { return "<th scope=\"row\">" + html + "</th>"; }
/// "number", and what is nothing to look at.
std::string_view style_of(std::uint64_t number) { return number == 0 ? "number zero" : "number"; }
std::string number_cell(std::uint64_t number) {
  return "<td class=\"" + std::string(style_of(number)) + "\">" + digits(number) + "</td>";
}
std::string quiet(const std::string& html) { return "<span class=\"zero\">" + html + "</span>"; }
std::string number_html(std::uint64_t number) { return number == 0 ? quiet("0") : digits(number); }

/// Those `columns` that begin with '#' are numbers.
std::string table(std::string_view label, std::initializer_list<std::string_view> columns,
                  const std::string& rows) {
  std::string html = "<table aria-label=\"" + std::string(label) + "\">\n<thead><tr>";
  for (const auto column : columns)
    html += column.starts_with('#')
                ? "<th scope=\"col\" class=\"number\">" + std::string(column.substr(1)) + "</th>"
                : "<th scope=\"col\">" + std::string(column) + "</th>";
  return html + "</tr></thead>\n<tbody>\n" + rows + "</tbody>\n</table>\n";
}

std::string section(const std::string& heading, const std::string& html) {
  return "<section>\n<h2>" + heading + "</h2>\n" + html + "</section>\n";
}

std::string table_section(const std::string& heading,
                          std::initializer_list<std::string_view> columns,
                          const std::string& rows) {
  return section(heading, rows.empty() ? "<p class=\"note\">There are none.</p>\n"
                                       : table(heading, columns, rows));
}

std::string row(const std::string& cells, bool is_quiet = false) {
  return (is_quiet ? "<tr class=\"zero\">" : "<tr>") + cells + "</tr>\n";
}

std::string facts_list(const std::string& facts) {
  return "<dl class=\"facts\">\n" + facts + "</dl>\n";
}

std::string fact(const std::string& name, const std::string& html) {
  return "<div><dt>" + name + "</dt><dd>" + html + "</dd></div>\n";
}

std::string good_or_bad(bool good, const std::string& text) {
  return std::string("<strong class=\"") + (good ? "good" : "bad") + "\">" + text + "</strong>";
}

std::string failure(double when, const std::string& error) {
  if (when == 0) return quiet("none");
  return time_text(when) + "<br>" + html_escape(error);
}

std::uint64_t refused(const StatusFacts& facts) {
  std::uint64_t sum = 0;
  for (const auto& by : facts.reasons) sum += by.refused;
  return sum;
}

/// What an operator has to do something about.
std::string complaints(const StatusFacts& facts) {
  std::string items;
  for (const auto& directory : facts.directories)
    if (!directory.up)
      items += "<li>The directory " + html_escape(directory.name) + " does not answer.</li>\n";
  for (const auto& map : facts.maps)
    if (map.failing)
      items += "<li>The map file " + html_escape(map.path) + " has errors; " +
               (map.generation > 0 ? "its last good state is in force.</li>\n"
                                   : "lookups in it fail.</li>\n");
  for (const auto& audit : facts.audits)
    if (audit.failures > 0)
      items += "<li>" + digits(audit.failures) + " events could not be written to the audit log " +
               html_escape(audit.target) + ".</li>\n";
  return items;
}

std::uint64_t searches_of(const StatusFacts::OfDirectory& directory) {
  return std::accumulate(directory.searches.begin(), directory.searches.end(), std::uint64_t{0});
}

/// Nobody asks a directory but lookups: before the first it is not known whether it answers.
bool was_asked(const StatusFacts::OfDirectory& directory) {
  return searches_of(directory) > 0 || directory.changed > 0 || !directory.up;
}

/// What is there and has shown that it is well; only that is said.
std::string good_news(const StatusFacts& facts) {
  std::string text;
  const auto add = [&](bool holds, std::string_view what) {
    if (holds) text.append(text.empty() ? "" : ", ").append(what);
  };
  add(std::ranges::any_of(facts.directories, was_asked), "directories answer");
  add(std::ranges::any_of(facts.maps, [](const auto& map) { return map.generation > 0; }),
      "map files are good");
  add(std::ranges::any_of(facts.audits, [](const auto& audit) { return audit.written > 0; }),
      "audit events were written");
  if (!text.empty()) text[0] = static_cast<char>(apr_toupper(text[0]));
  return text;
}

std::string banner(const StatusFacts& facts) {
  const auto items = complaints(facts);
  const auto good = good_news(facts);
  if (items.empty() && good.empty())
    return "<section class=\"banner info\">\n<h1>CertMap runs</h1>\n<p>No directory was asked, no "
           "map file is in use, and no audit event was written yet.</p>\n</section>\n";
  if (items.empty())
    return "<section class=\"banner good\">\n<h1>CertMap works</h1>\n<p>" + good +
           ".</p>\n</section>\n";
  return "<section class=\"banner bad\">\n<h1>CertMap needs a look</h1>\n<ul>\n" + items +
         "</ul>\n</section>\n";
}

std::string server(const StatusFacts& facts) {
  return section("Since httpd was started",
                 facts_list(fact("Accepted requests", number_html(facts.accepted)) +
                            fact("Refused requests", number_html(refused(facts))) +
                            fact("Started", time_text(facts.started) + ", " +
                                                span_text(facts.now - facts.started) + " ago") +
                            fact("Restarts", number_html(facts.restarts)) +
                            fact("Processes started", digits(facts.processes)) +
                            fact("Version", "mod_certmap " + html_escape(facts.version))));
}

std::string decisions(const StatusFacts& facts) {
  std::string rows;
  for (const auto& by : facts.reasons)
    rows += row(head_cell("<code>" + std::string(word(by.reason)) + "</code>") +
                    number_cell(by.decided.made) + number_cell(by.decided.remembered) +
                    (by.reason == Reason::Mapped ? std::string("<td class=\"number\"></td>")
                                                 : number_cell(by.refused)),
                by.decided.made + by.decided.remembered + by.refused == 0);
  return table_section("Decisions by reason", {"Reason", "#Made", "#Remembered", "#Refused"}, rows);
}

std::string rules(const StatusFacts& facts) {
  std::string rows;
  for (const auto& by : facts.rules)
    rows += row(head_cell(html_escape(by.name)) + text_cell(html_escape(by.server)) +
                number_cell(by.decided.made) + number_cell(by.decided.remembered));
  return table_section("Decisions by rule", {"Rule", "Server", "#Made", "#Remembered"}, rows);
}

std::string health(const StatusFacts::OfDirectory& directory, double now) {
  if (!was_asked(directory)) return quiet("not asked yet");
  return good_or_bad(directory.up, directory.up ? "up" : "down") +
         (directory.changed > 0 ? " for " + span_text(now - directory.changed) : "");
}

std::string searches(const StatusFacts::OfDirectory& directory) {
  const auto count = searches_of(directory);
  if (count == 0) return quiet("none");
  const auto mean = directory.search_seconds / static_cast<double>(count);
  return digits(count) + ", " + number_text(std::round(mean * 1e4) / 10) + " ms each on average";
}

std::string lookups(const StatusFacts::OfDirectory& directory) {
  std::string rows;
  for (std::size_t from = 0; from < kAnswersFrom; ++from) {
    auto cells = head_cell(std::string(word(static_cast<AnswerFrom>(from))));
    for (const auto count : directory.lookups[from].counts) cells += number_cell(count);
    rows += row(cells);
  }
  return "<h3>Lookups</h3>\n" +
         table("Lookups", {"Answered by", "#Found", "#None", "#Refused", "#Failed"}, rows);
}

std::string directories(const StatusFacts& facts) {
  std::string html;
  for (const auto& directory : facts.directories)
    html += section("Directory " + html_escape(directory.name),
                    facts_list(fact("Health", health(directory, facts.now)) +
                               fact("Last failure", failure(directory.failed, directory.error)) +
                               fact("Searches", searches(directory))) +
                        lookups(directory));
  return html;
}

std::string lookups(const StatusFacts::OfMap& map) {
  std::string text;
  for (std::size_t i = 0; i < kOutcomes; ++i)
    if (const auto count = map.lookups.counts[i]; count > 0)
      text += (text.empty() ? "" : ", ") + std::string(word(static_cast<Outcome>(i))) + " " +
              digits(count);
  return text.empty() ? quiet("none") : text;
}

std::string in_force(const StatusFacts::OfMap& map, double now) {
  if (map.generation == 0) return quiet("nothing");
  return "generation " + digits(map.generation) + ", " + digits(map.entries) +
         (map.entries == 1 ? " entry" : " entries") + ", read " + span_text(now - map.read) +
         " ago";
}

std::string state(const StatusFacts::OfMap& map) {
  if (!map.failing && map.generation == 0) return quiet("not read yet");
  return good_or_bad(!map.failing, map.failing ? "has errors" : "good");
}

std::string map_files(const StatusFacts& facts) {
  std::string html;
  for (const auto& map : facts.maps)
    html +=
        section("Map file " + html_escape(map.path),
                facts_list(fact("State", state(map)) + fact("In force", in_force(map, facts.now)) +
                           fact("Live reload", map.live ? "on" : "off") +
                           fact("Failed reloads", number_html(map.failures)) +
                           fact("Last failure", failure(map.failed, map.error)) +
                           fact("Lookups", lookups(map))));
  return html;
}

std::string audits(const StatusFacts& facts) {
  std::string rows;
  for (const auto& audit : facts.audits)
    rows += row(head_cell(html_escape(audit.target)) + number_cell(audit.written) +
                number_cell(audit.failures));
  return table_section("Audit logs", {"Log", "#Written", "#Failed"}, rows);
}

}  // namespace

std::string status_html(const StatusFacts& facts) {
  return html_page("CertMap status",
                   banner(facts) + server(facts) + decisions(facts) + rules(facts) +
                       directories(facts) + map_files(facts) + audits(facts) +
                       "<p class=\"note\">As lines: <a href=\"?auto\">?auto</a>. For Prometheus: "
                       "<a href=\"?metrics\">?metrics</a>.</p>\n");
}

}  // namespace certmap
