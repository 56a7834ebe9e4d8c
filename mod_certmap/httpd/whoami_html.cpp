#include "httpd/page.h"
#include "httpd/whoami_render.h"
#include "httpd/whoami_text.h"

namespace certmap {
namespace {

/// A longer list is folded.
constexpr std::size_t kLongList = 6;

std::string_view style_of(Tone tone) {
  switch (tone) {
    case Tone::Good:
      return "good";
    case Tone::Info:
      return "info";
    case Tone::Warn:
      return "warn";
    case Tone::Bad:
      return "bad";
  }
  return {};
}

std::string_view icon_of(Tone tone) {
  switch (tone) {
    case Tone::Good:
      return R"(<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-7"/>)";
    case Tone::Info:
      return R"(<circle cx="12" cy="12" r="10"/><path d="M12 11v6M12 7v.01"/>)";
    case Tone::Warn:
      return R"(<path d="M12 3 1.5 21h21zM12 10v5M12 18v.01"/>)";
    case Tone::Bad:
      return R"(<circle cx="12" cy="12" r="10"/><path d="m8.5 8.5 7 7m0-7-7 7"/>)";
  }
  return {};
}

/// Text whose direction does not change what is around it.
std::string isolated(std::string_view text) { return "<bdi>" + html_escape(text) + "</bdi>"; }

std::string banner(Tone tone, std::string_view heading, std::string_view explanation) {
  std::string html = "<section class=\"banner ";
  html.append(style_of(tone)).append("\">\n<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">");
  html.append(icon_of(tone)).append("</svg>\n").append(heading);
  return html.append("\n<p>").append(html_escape(explanation)).append("</p>\n</section>\n");
}

std::string section(std::string_view id, std::string_view heading, std::string_view content) {
  std::string html = "<section aria-labelledby=\"";
  html.append(id).append("\">\n<h2 id=\"").append(id).append("\">").append(heading);
  return html.append("</h2>\n").append(content).append("</section>\n");
}

std::string row(std::string_view name, std::string_view html_value) {
  std::string html = "<div><dt>";
  return html.append(name).append("</dt><dd>").append(html_value).append("</dd></div>\n");
}

std::string facts(const std::string& rows) { return "<dl class=\"facts\">\n" + rows + "</dl>\n"; }

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
  return section("do", "What you can do", html + "</ul>\n");
}

std::string account_section(const Visit& visit) {
  if (visit.account.empty()) return {};
  std::string rows = row("Account", isolated(visit.account));
  if (!is_mapped(visit)) return section("account", "Your account", facts(rows));
  const auto& decision = *visit.decision;
  rows += row("Groups", decision.groups.empty() ? "none" : list(decision.groups));
  rows += row("Rule", isolated(decision.rule));
  rows += row("Strength", "<strong>" + std::string(word(decision.strength)) +
                              "</strong>: " + std::string(meaning(decision.strength)));
  return section("account", "Your account", facts(rows));
}

std::string days_html(const Visit& visit) {
  const auto text = validity(visit);
  if (text.starts_with("expired")) return "<strong class=\"bad\">" + text + "</strong>";
  return expires_soon(visit) ? "<strong class=\"warn\">" + text + "</strong>" : text;
}

/// RFC 3339 for people: "2026-12-21 15:04:46 UTC"
std::string time_html(const std::string& utc) {
  const auto at = utc.find('T');
  if (at == std::string::npos) return html_escape(utc);
  const auto text = utc.substr(0, at) + " " + utc.substr(at + 1, 8) + " UTC";
  return "<time datetime=\"" + html_escape(utc) + "\">" + html_escape(text) + "</time>";
}

std::string fact_row(const Fact& fact) {
  const bool same = fact.name == "subject" || fact.name == "issuer";
  const auto name =
      std::string(fact.label) + (same ? "" : " <code>" + html_escape(fact.name) + "</code>");
  if (fact.name == "notbefore" || fact.name == "notafter")
    return row(name, time_html(fact.values.front()));
  const bool is_code = fact.name == "serial" || fact.name == "sha256";
  return row(name, is_code ? "<code>" + list(fact.values) + "</code>" : list(fact.values));
}

std::string certificate_section(const Visit& visit) {
  if (!visit.certificate) return {};
  std::string rows;
  for (const auto& fact : facts_of(*visit.certificate)) rows += fact_row(fact);
  if (days_left(visit)) rows += row("Time left", days_html(visit));
  rows += row("Issuer verified", visit.reason == Reason::CertificateNotVerified
                                     ? "<strong class=\"bad\">no</strong>"
                                     : "yes");
  if (visit.certificate->malformed)
    rows += row("Fault",
                "<strong class=\"bad\">" + isolated(*visit.certificate->malformed) + "</strong>");
  return section("certificate", "Your certificate, as the server sees it", facts(rows));
}

std::string connection_section(const Visit& visit) {
  auto rows = row("Host", isolated(visit.host));
  rows += row("Encryption", visit.tls.empty() ? "none" : "TLS " + html_escape(visit.tls));
  if (!visit.certificate)
    rows += row("Certificate", visit.tls.empty() || visit.asked
                                   ? "none was sent"
                                   : "none was sent, because the server did not ask for one");
  return section("connection", "Your connection", facts(rows));
}

std::string report_section(const Visit& visit) {
  std::string lines;
  for (const auto& [name, value] : report_of(visit))
    lines += std::string(name) + ": " + html_escape(value) + "\n";
  return section("report", "For the administrator",
                 "<p>Send these lines along when you ask for help.</p>\n<pre class=\"copy\">" +
                     lines + "</pre>\n");
}

std::string soon_banner(const Visit& visit) {
  if (!expires_soon(visit)) return {};
  const auto days = *days_left(visit);
  const std::string when = days == 0   ? "within a day"
                           : days == 1 ? "in 1 day"
                                       : "in " + std::to_string(days) + " days";
  return banner(Tone::Warn, "<h2>Your certificate expires " + when + "</h2>",
                "Renew it in time: after that you cannot sign in with it any more.");
}

}  // namespace

std::string html_of(const Visit& visit) {
  const auto words = words_for(visit);
  const bool names = words.headline.ends_with(" as");
  const auto title = words.headline + (names ? " " + visit.account : "");
  const auto heading =
      "<h1>" + html_escape(words.headline) + (names ? " " + isolated(visit.account) : "") + "</h1>";
  const auto report = report_section(visit);
  const bool needs_help = !words.steps.empty();
  return html_page(title, banner(words.tone, heading, words.explanation) + soon_banner(visit) +
                              steps_section(words.steps) + (needs_help ? report : "") +
                              account_section(visit) + certificate_section(visit) +
                              connection_section(visit) + (needs_help ? "" : report));
}

}  // namespace certmap
