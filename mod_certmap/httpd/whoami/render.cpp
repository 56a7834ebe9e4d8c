#include "httpd/whoami/render.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/calendar.h"
#include "core/text/json.h"
#include "httpd/page/page.h"
#include "httpd/whoami/text.h"

namespace certmap {
namespace {

void add(JsonObject& json, const char* name, std::string_view text) {
  if (!text.empty()) json.text(name, text);
}

JsonObject certificate_of(const Visit& visit) {
  JsonObject json;
  for (const auto& fact : facts_of(*visit.certificate))
    if (fact.is_list)
      json.texts(fact.name, fact.values);
    else
      json.text(fact.name, fact.values.front());
  if (const auto days = days_left(visit)) {
    json.number("days_left", *days);
    json.boolean("expires_soon", expires_soon(visit));
  }
  json.boolean("verified", visit.reason != Reason::CertificateNotVerified);
  if (const auto& malformed = visit.certificate->malformed) json.text("malformed", *malformed);
  return json;
}

void add_account(JsonObject& json, const Visit& visit) {
  add(json, "account", visit.account);
  if (!is_mapped(visit)) return;
  add(json, "rule", visit.decision->rule);
  add(json, "strength", word(visit.decision->strength));
  json.texts("groups", visit.decision->groups);
}

JsonObject tls_of(const Visit& visit) {
  JsonObject json;
  add(json, "version", visit.tls);
  json.boolean("certificate_requested", !visit.tls.empty() && visit.asked);
  return json;
}

/// A longer list is folded.
constexpr std::size_t kLongList = 6;

struct Look {
  std::string_view style, icon;
};
constexpr std::array kLooks = {
    Look{"good", R"(<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-7"/>)"},
    Look{"info", R"(<circle cx="12" cy="12" r="10"/><path d="M12 11v6M12 7v.01"/>)"},
    Look{"warn", R"(<path d="M12 3 1.5 21h21zM12 10v5M12 18v.01"/>)"},
    Look{"bad", R"(<circle cx="12" cy="12" r="10"/><path d="m8.5 8.5 7 7m0-7-7 7"/>)"}};
static_assert(kLooks.size() == static_cast<std::size_t>(Tone::Bad) + 1);

/// Text whose direction does not change what is around it.
std::string isolated(std::string_view text) { return "<bdi>" + html_escape(text) + "</bdi>"; }

std::string banner(Tone tone, std::string_view heading, std::string_view explanation) {
  const auto& [style, icon] = kLooks[static_cast<std::size_t>(tone)];
  std::string html = "<section class=\"banner ";
  html.append(style).append("\">\n<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">");
  html.append(icon).append("</svg>\n").append(heading);
  return html.append("\n<p>").append(html_escape(explanation)).append("</p>\n</section>\n");
}

std::string list(const std::vector<std::string>& values) {
  if (values.size() == 1) return isolated(values.front());
  std::string html = "<ul>";
  for (const auto& value : values) html += "<li>" + isolated(value) + "</li>";
  html += "</ul>";
  if (values.size() <= kLongList) return html;
  return "<details><summary>" + std::to_string(values.size()) + " values</summary>" + html +
         "</details>";
}

std::string steps_section(const std::vector<std::string>& steps) {
  if (steps.empty()) return {};
  std::string html = "<ul>\n";
  for (const auto& step : steps) html += "<li>" + html_escape(step) + "</li>\n";
  return html_section("What you can do", html + "</ul>\n");
}

std::string account_section(const Visit& visit) {
  if (visit.account.empty()) return {};
  std::string rows = html_fact("Account", isolated(visit.account));
  if (!is_mapped(visit)) return html_section("Your account", html_facts(rows));
  const auto& groups = visit.decision->groups;
  rows += html_fact("Groups", groups.empty() ? "none" : list(groups));
  return html_section("Your account", html_facts(rows));
}

std::string days_html(const Visit& visit) {
  const auto text = validity(visit);
  if (text.starts_with("expired")) return html_strong("bad", text);
  return expires_soon(visit) ? html_strong("warn", text) : text;
}

/// What tells people little.
bool is_technical(const Fact& fact) {
  return fact.name == "serial" || fact.name == "sha256" || fact.name == "notbefore";
}

std::string fact_row(const Fact& fact) {
  if (fact.name == "notbefore" || fact.name == "notafter")
    return html_fact(fact.label, html_time(fact.values.front()));
  return html_fact(fact.label, is_technical(fact) ? "<code>" + list(fact.values) + "</code>"
                                                  : list(fact.values));
}

std::string certificate_section(const Visit& visit) {
  if (!visit.certificate) return {};
  std::string rows;
  for (const auto& fact : facts_of(*visit.certificate))
    if (!is_technical(fact)) rows += fact_row(fact);
  if (days_left(visit)) rows += html_fact("Time left", days_html(visit));
  if (visit.reason == Reason::CertificateNotVerified)
    rows += html_fact("Issuer verified", html_strong("bad", "no"));
  if (visit.certificate->malformed)
    rows += html_fact("Fault", html_strong("bad", isolated(*visit.certificate->malformed)));
  return html_section("Your certificate, as the server sees it", html_facts(rows));
}

std::string rule_rows(const Decision& decision) {
  return html_fact("Rule", isolated(decision.rule)) +
         html_fact("Strength", "<strong>" + std::string(word(decision.strength)) +
                                   "</strong>: " + std::string(meaning(decision.strength)));
}

/// What is left of the certificate, and how rules call what stands above.
std::string technical_rows(const Certificate& certificate) {
  std::string rows, names;
  for (const auto& fact : facts_of(certificate)) {
    if (is_technical(fact)) rows += fact_row(fact);
    names += "<li><code>" + html_escape(fact.name) + "</code> " + std::string(fact.label) + "</li>";
  }
  return rows + html_fact("Names in rules", "<ul>" + names + "</ul>");
}

/// For those who write rules.
std::string details(const Visit& visit) {
  std::string rows = is_mapped(visit) ? rule_rows(*visit.decision) : "";
  rows += html_fact("Encryption", visit.tls.empty() ? "none" : "TLS " + html_escape(visit.tls));
  if (visit.certificate)
    rows += technical_rows(*visit.certificate);
  else
    rows += html_fact("Certificate", visit.tls.empty() || visit.asked
                                         ? "none was sent"
                                         : "none was sent, because the server did not ask for one");
  return "<details class=\"sheet\">\n<summary>Technical details</summary>\n" + html_facts(rows) +
         "</details>\n";
}

/// A mail address or URL, as httpd's own error pages understand ServerAdmin.
std::string link(std::string_view contact) {
  const bool is_url = ap_is_url(std::string(contact).c_str()) != 0;
  return "<a href=\"" + std::string(is_url ? "" : "mailto:") + html_escape(contact) + "\">" +
         html_escape(contact) + "</a>";
}

std::string help_section(const Visit& visit) {
  std::string lines;
  for (const auto& [name, value] : report_of(visit))
    lines += std::string(name) + ": " + html_escape(value) + "\n";
  return html_section("Whom to ask", "<p>The administrator of " + isolated(visit.host) +
                                         (visit.contact.empty() ? "" : ": " + link(visit.contact)) +
                                         ". Send these lines along:</p>\n<pre class=\"copy\">" +
                                         lines + "</pre>\n");
}

std::string soon_banner(const Visit& visit) {
  if (!expires_soon(visit)) return {};
  const auto days = *days_left(visit);
  const auto when = days == 0 ? "within a day" : "in " + days_text(days);
  return banner(Tone::Warn, "<h2>Your certificate expires " + when + "</h2>",
                "Renew it in time: after that you cannot sign in with it any more.");
}

}  // namespace

std::string json_of(const Visit& visit) {
  const auto words = words_for(visit);
  JsonObject json;
  add(json, "outcome", word(visit.standing));
  if (visit.rules || visit.reason != Reason::NoRuleMatched) add(json, "reason", word(visit.reason));
  json.number("status", visit.status);
  add_account(json, visit);
  add(json, "explanation", words.explanation);
  json.texts("advice", words.steps);
  add(json, "time", utc_text(visit.time));
  add(json, "host", visit.host);
  add(json, "path", visit.path);
  add(json, "contact", visit.contact);
  if (visit.event) json.number("event", visit.event->sequence);
  add(json, "request_id", visit.request_id);
  json.object("tls", tls_of(visit));
  if (visit.certificate) json.object("certificate", certificate_of(visit));
  return json.visible();
}

std::string html_of(const Visit& visit) {
  const auto words = words_for(visit);
  const bool names = words.headline.ends_with(" as");
  const auto title = words.headline + (names ? " " + visit.account : "");
  const auto heading =
      "<h1>" + html_escape(words.headline) + (names ? " " + isolated(visit.account) : "") + "</h1>";
  const auto help = help_section(visit);
  const bool needs_help = !words.steps.empty();
  return html_page(title, banner(words.tone, heading, words.explanation) + soon_banner(visit) +
                              steps_section(words.steps) + (needs_help ? help : "") +
                              account_section(visit) + certificate_section(visit) +
                              (needs_help ? "" : help) + details(visit));
}

}  // namespace certmap
