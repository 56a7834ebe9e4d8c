#include "httpd/status/crls.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

#include "httpd/count/counters.h"
#include "httpd/page/page.h"
#include "httpd/status/table.h"

namespace certmap {
namespace {

void add(Measures& all, std::string_view name, Labels labels, double value) {
  std::ranges::find(all.metrics, name, &Metric::name)
      ->samples.push_back({std::move(labels), value});
}

/// One file may hold several lists of one issuer.
void measure_list(const CrlPack::InForce& crl, std::size_t place, Measures& all) {
  const auto& facts = crl.image.facts();
  const Labels labels{{"path", crl.path},
                      {"list", std::to_string(place)},
                      {"issuer", facts.issuer},
                      {"kind", facts.is_delta() ? "delta" : "complete"}};
  add(all, "certmap_crl_entries", labels, static_cast<double>(crl.image.entries()));
  add(all, "certmap_crl_this_update_timestamp_seconds", labels,
      static_cast<double>(facts.this_update));
  add(all, "certmap_crl_next_update_timestamp_seconds", labels,
      static_cast<double>(facts.next_update));
  // It may have 20 octets: more than a number of Prometheus holds, so it is a label there.
  const auto number = facts.number.empty() ? std::string() : crl_number(facts.number);
  auto with_number = labels;
  with_number.emplace_back("number", number);
  add(all, "certmap_crl_info", std::move(with_number), 1);
  if (!number.empty())
    all.texts.push_back({"certmap_crl_number", {crl.path, std::to_string(place)}, number});
}

void measure_path(const Configuration& configuration, const CrlFiles& files, const CrlPack& pack,
                  Measures& all) {
  const auto slot = slot_of(files);
  const auto& facts = configuration.checked.counters.memory->map_facts[slot];
  const Labels labels{{"path", files.path()}};
  add(all, "certmap_crl_path_good", labels, std::ranges::all_of(pack.files(), &PackedFile::good));
  add(all, "certmap_crl_path_live", labels, configuration.in_force.watched.contains(&files));
  add(all, "certmap_crl_path_reload_failures", labels, static_cast<double>(facts.failures));
  add(all, "certmap_crl_path_failed_timestamp_seconds", labels,
      static_cast<double>(facts.failed) / 1e6);
  if (auto error = facts.error.get(); !error.empty())
    all.texts.push_back({"certmap_crl_path_last_error", {files.path()}, std::move(error)});
}

std::string list_html(const Measures& all, const Sample& entries) {
  const auto& labels = entries.labels;
  const auto ends = all.sum("certmap_crl_next_update_timestamp_seconds", labels);
  const auto number = all.text("certmap_crl_number", {labels[0].second, labels[1].second});
  const auto state = ends < all.now ? html_strong("bad", "out of date since") : "until";
  return html_section(
      "Revocation list " + html_escape(labels[0].second),
      html_facts(html_fact("Issuer", html_escape(labels[2].second)) +
                 html_fact("Kind", html_escape(labels[3].second)) +
                 html_fact("Number", number.empty() ? "none" : html_escape(number)) +
                 html_fact("Entries", digits(entries.value)) +
                 html_fact("From", time_html(all.sum("certmap_crl_this_update_timestamp_seconds",
                                                     labels))) +
                 html_fact("In force", state + " " + time_html(ends))));
}

std::string path_html(const Measures& all, const Sample& good) {
  const auto& path = good.labels[0].second;
  const auto of = [&](const std::string& what) {
    return all.sum("certmap_crl_path_" + what, good.labels);
  };
  const auto failed = of("failed_timestamp_seconds");
  const auto last = failed == 0 ? "none"
                                : time_html(failed) + "<br>" +
                                      html_escape(all.text("certmap_crl_path_last_error", {path}));
  return html_section(
      "CertMapCRL " + html_escape(path),
      html_facts(html_fact("State", html_strong(good.value > 0 ? "good" : "bad",
                                                good.value > 0 ? "good" : "has errors")) +
                 html_fact("Live reload", of("live") > 0 ? "on" : "off") +
                 html_fact("Failed reloads", digits(of("reload_failures"))) +
                 html_fact("Last failure", last)));
}

}  // namespace

/// The same path under other CAs has other lists of the same files: the first is shown.
void measure_crls(const Configuration& configuration, Measures& all) {
  std::set<std::string> paths;
  std::set<std::pair<std::string, std::size_t>> lists;
  for (const auto& [key, files] : configuration.lines.resources.crl_files()) {
    const auto pack = files->pack();
    if (paths.insert(files->path()).second) measure_path(configuration, *files, *pack, all);
    std::size_t place = 0;
    const std::string* last = nullptr;
    for (const auto& crl : pack->crls()) {
      place = last && *last == crl.path ? place + 1 : 1;
      last = &crl.path;
      if (lists.insert({crl.path, place}).second) measure_list(crl, place, all);
    }
  }
}

std::string crls_html(const Measures& all) {
  std::string html;
  for (const auto& good : all.samples("certmap_crl_path_good")) html += path_html(all, good);
  for (const auto& entries : all.samples("certmap_crl_entries")) html += list_html(all, entries);
  return html;
}

}  // namespace certmap
