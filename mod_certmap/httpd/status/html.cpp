#include "httpd/status/html.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "httpd/base/messages.h"
#include "httpd/page/page.h"
#include "httpd/status/crls.h"
#include "httpd/status/table.h"

namespace certmap {
namespace {

std::string quiet(const std::string& html) { return "<span class=\"zero\">" + html + "</span>"; }
/// Zeros are nothing to look at.
std::string number_html(double number) { return number == 0 ? quiet("0") : digits(number); }

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

std::string table_section(const std::string& heading, const Table& table) {
  return html_section(heading, table.html(heading));
}

std::string failure(double when, const std::string& error) {
  if (when == 0) return quiet("none");
  return time_html(when) + "<br>" + html_escape(error);
}

/// Nobody asks a directory but lookups: before the first it is not known whether it answers.
bool was_asked(const Measures& all, const Labels& directory) {
  return all.sum("certmap_directory_search_duration_seconds", directory, "_count") > 0 ||
         all.sum("certmap_directory_changed_timestamp_seconds", directory) > 0 ||
         all.sum("certmap_directory_up", directory) == 0;
}

std::string item(const std::string& what, const Sample& sample, const std::string& how) {
  return "<li>" + what + html_escape(sample.labels[0].second) + how + "</li>\n";
}

/// An item for each of which the metric says no.
std::string zeros(const Measures& all, std::string_view metric, const std::string& what,
                  const std::string& how) {
  std::string items;
  for (const auto& sample : all.samples(metric))
    if (sample.value == 0) items += item(what, sample, how);
  return items;
}

/// What an operator has to do something about.
std::string complaints(const Measures& all) {
  // Its changes wait for a restart.
  std::string not_followed = " is not followed: see ";
  not_followed.append(message::kReloadOff.number).append(" in the error log.");
  auto items = zeros(all, "certmap_directory_up", "The directory ", " does not answer.");
  for (const auto& map : all.samples("certmap_map_file_good"))
    if (map.value == 0)
      items += item("The map file ", map,
                    all.sum("certmap_map_file_generation", map.labels) > 0
                        ? " has errors; its last good state is in force."
                        : " has errors; lookups in it fail.");
  items += zeros(all, "certmap_map_file_live", "The map file ", not_followed);
  items += zeros(all, "certmap_crl_path_good", "A file of CertMapCRL ",
                 " has errors; its last good state is in force.");
  items += zeros(all, "certmap_crl_path_live", "CertMapCRL ", not_followed);
  for (const auto& list : all.samples("certmap_crl_next_update_timestamp_seconds"))
    if (list.value < all.now)
      items += item("The revocation list ", list, " has passed its nextUpdate.");
  for (const auto& audit : all.samples("certmap_audit_failures"))
    if (audit.value > 0)
      items += item(digits(audit.value) + (audit.value == 1 ? " event" : " events") +
                        " could not be written to the audit log ",
                    audit, ".");
  return items;
}

/// What is there and has shown that it is well; only that is said.
std::string good_news(const Measures& all) {
  std::string text;
  const auto add = [&](std::string_view metric, auto holds, std::string_view what) {
    if (std::ranges::any_of(all.samples(metric), holds))
      text.append(text.empty() ? "" : ", ").append(what);
  };
  const auto is_positive = [](const Sample& sample) { return sample.value > 0; };
  add(
      "certmap_directory_up", [&](const Sample& up) { return was_asked(all, up.labels); },
      "directories answer");
  add("certmap_map_file_generation", is_positive, "map files are good");
  add("certmap_crl_path_good", is_positive, "revocation lists are good");
  add("certmap_audit_events", is_positive, "audit events were written");
  return capitalized(text);
}

std::string banner(const Measures& all) {
  const auto items = complaints(all);
  const auto good = good_news(all);
  if (items.empty() && good.empty())
    return "<section class=\"banner info\">\n<h1>CertMap runs</h1>\n<p>No directory was asked, no "
           "map file is in use, and no audit event was written yet.</p>\n</section>\n";
  if (items.empty())
    return "<section class=\"banner good\">\n<h1>CertMap works</h1>\n<p>" + good +
           ".</p>\n</section>\n";
  return "<section class=\"banner bad\">\n<h1>CertMap needs a look</h1>\n<ul>\n" + items +
         "</ul>\n</section>\n";
}

std::string server(const Measures& all) {
  const auto count = [&](const char* name) { return number_html(all.sum(name)); };
  const auto started = all.sum("certmap_start_time_seconds");
  return html_section(
      "Since httpd was started",
      html_facts(
          html_fact("Accepted requests", count("certmap_accepted")) +
          html_fact("Refused requests", count("certmap_refused")) +
          html_fact("Started", time_html(started) + ", " + span_text(all.now - started) + " ago") +
          html_fact("Restarts", count("certmap_restarts")) +
          html_fact("Processes started", count("certmap_processes_started")) +
          html_fact("Version", "mod_certmap " + all.text("certmap_version"))));
}

std::string health(const Measures& all, const Labels& directory) {
  if (!was_asked(all, directory)) return quiet("not asked yet");
  const bool up = all.sum("certmap_directory_up", directory) > 0;
  const auto changed = all.sum("certmap_directory_changed_timestamp_seconds", directory);
  return html_strong(up ? "good" : "bad", up ? "up" : "down") +
         (changed > 0 ? " for " + span_text(all.now - changed) : "");
}

std::string searches(const Measures& all, const Labels& directory) {
  constexpr std::string_view kMetric = "certmap_directory_search_duration_seconds";
  const auto count = all.sum(kMetric, directory, "_count");
  if (count == 0) return quiet("none");
  const auto mean = all.sum(kMetric, directory, "_sum") / count;
  return digits(count) + ", " + number_text(std::round(mean * 1e4) / 10) + " ms each on average";
}

std::string directories(const Measures& all) {
  std::string html;
  for (const auto& [labels, up, suffix] : all.samples("certmap_directory_up")) {
    const auto& name = labels[0].second;
    const auto failed = all.sum("certmap_directory_failed_timestamp_seconds", labels);
    const auto error = all.text("certmap_directory_last_error", {name});
    Table lookups({"Answered by"});
    lookups.add(all.samples("certmap_directory_lookups"), {}, labels);
    html += html_section("Directory " + html_escape(name),
                         html_facts(html_fact("Health", health(all, labels)) +
                                    html_fact("Last failure", failure(failed, error)) +
                                    html_fact("Searches", searches(all, labels))) +
                             "<h3>Lookups</h3>\n" + lookups.html("Lookups"));
  }
  return html;
}

std::string lookups(const Measures& all, const Labels& map) {
  std::string text;
  for (const auto& sample : all.samples("certmap_map_file_lookups"))
    if (has_labels(sample, map) && sample.value > 0)
      text += (text.empty() ? "" : ", ") + sample.labels[1].second + " " + digits(sample.value);
  return text.empty() ? quiet("none") : text;
}

std::string map_file(const Measures& all, const Labels& map) {
  const auto of = [&](const std::string& what) { return all.sum("certmap_map_file_" + what, map); };
  const auto& path = map[0].second;
  const auto generation = of("generation"), entries = of("entries");
  const bool good = of("good") > 0;
  const auto state = good && generation == 0
                         ? quiet("not read yet")
                         : html_strong(good ? "good" : "bad", good ? "good" : "has errors");
  const auto in_force = generation == 0
                            ? quiet("nothing")
                            : "generation " + digits(generation) + ", " + digits(entries) +
                                  (entries == 1 ? " entry" : " entries") + ", read " +
                                  span_text(all.now - of("read_timestamp_seconds")) + " ago";
  const auto last_failure =
      failure(of("failed_timestamp_seconds"), all.text("certmap_map_file_last_error", {path}));
  return html_section("Map file " + html_escape(path),
                      html_facts(html_fact("State", state) + html_fact("In force", in_force) +
                                 html_fact("Live reload", of("live") > 0 ? "on" : "off") +
                                 html_fact("Failed reloads", number_html(of("reload_failures"))) +
                                 html_fact("Last failure", last_failure) +
                                 html_fact("Lookups", lookups(all, map))));
}

std::string map_files(const Measures& all) {
  std::string html;
  for (const auto& good : all.samples("certmap_map_file_good")) html += map_file(all, good.labels);
  return html;
}

std::string decisions(const Measures& all) {
  Table by_reason({"Reason"}), by_rule({"Rule", "Server"});
  by_reason.add(all.samples("certmap_decisions"));
  by_reason.add(all.samples("certmap_refused"), "Refused");
  by_rule.add(all.samples("certmap_rule_decisions"));
  return table_section("Decisions by reason", by_reason) +
         table_section("Decisions by rule", by_rule);
}

/// Empty where no rules are tried.
std::string trials(const Measures& all) {
  const auto& samples = all.samples("certmap_trials");
  if (samples.empty()) return {};
  Table by_rule({"Rule", "Server"});
  by_rule.add(samples);
  return table_section("Trials by rule", by_rule);
}

/// Connections of mapped users, each in the first row that holds for it.
std::string days_left(const Measures& all) {
  std::string facts;
  for (const auto& sample : all.samples("certmap_connections")) {
    const auto& days = sample.labels[0].second;
    facts +=
        html_fact(days == "more" ? "More" : "At most " + days + (days == "1" ? " day" : " days"),
                  number_html(sample.value));
  }
  return html_section("Connections by days left of their certificate", html_facts(facts));
}

std::string audits(const Measures& all) {
  Table audits({"Log"});
  audits.add(all.samples("certmap_audit_events"), "Events");
  audits.add(all.samples("certmap_audit_failures"), "Failed");
  return table_section("Audit logs", audits);
}

}  // namespace

std::string status_html(const Measures& all) {
  return html_page("CertMap status",
                   banner(all) + server(all) + decisions(all) + trials(all) + days_left(all) +
                       directories(all) + map_files(all) + crls_html(all) + audits(all) +
                       "<p class=\"note\">As lines: <a href=\"?auto\">?auto</a>. For Prometheus: "
                       "<a href=\"?metrics\">?metrics</a>.</p>\n");
}

}  // namespace certmap
