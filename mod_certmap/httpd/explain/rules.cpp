#include "httpd/explain/rules.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/audit/event.h"
#include "core/certificate/openssl_der.h"
#include "core/text/joined.h"
#include "httpd/base/apache.h"
#include "httpd/explain/request.h"
#include "httpd/request/decide.h"
#include "httpd/request/enforcement.h"
#include "httpd/request/environment.h"
#include "httpd/request/report.h"
#include "httpd/tree/lines.h"
#include "ldap/lookup/source.h"

namespace certmap {
namespace {

using Require = Access::Require;

int ask_require(request_rec* r) {
  return ask_silently(r, [](request_rec* each) {
    return run_hooks_of<ap_LINK_access_checker_ex_t>(ap_hook_get_access_checker_ex(),
                                                     {"mod_authz_core.c"}, each);
  });
}

/// What Require says of a request without an account.
Require judge_nobody(bool is_known, int nobody) {
  if (!is_known) return Require::Unknown;
  return nobody == OK         ? Require::Open
         : nobody == DECLINED ? Require::NeedsUser
                              : Require::Forbidden;
}

/// Makes the request that of the account. `nobody` is what Require said before: who is mapped may
/// be refused where nobody is not, by "Require not user alice".
Require judge(request_rec* r, RequestState& state, bool is_known, int nobody) {
  if (!is_mapped(state)) return judge_nobody(is_known, nobody);
  state.accepted = true;
  set_identity(r, state);
  if (!is_known) return Require::Unknown;
  if (ask_require(r) != OK) return Require::Forbidden;
  return nobody == OK ? Require::Open : Require::Granted;
}

std::vector<std::pair<std::string, std::string>> environment_of(request_rec* r,
                                                                const RequestState& state) {
  std::vector<std::pair<std::string, std::string>> environment{{"REMOTE_USER", r->user}};
  const char* type = state.mode == Mode::Required ? ap_auth_type(r) : r->ap_auth_type;
  if (type) environment.emplace_back("AUTH_TYPE", type);
  for (const auto& each : entries_of(r->subprocess_env))
    if (std::string_view(each.key).starts_with("CERTMAP_"))
      environment.emplace_back(each.key, each.val);
  return environment;
}

/// The event as report.cpp would have it written, without what only a request can tell.
std::string event_of(const request_rec* r, const RequestState& state,
                     const std::string& forbidden) {
  char host[APRMAXHOSTLEN + 1] = "";
  apr_gethostname(host, APRMAXHOSTLEN, r->pool);
  EventRequest request;
  request.url_path = r->uri;
  request.forbidden = forbidden;
  if (r->server->server_hostname) request.service_name = r->server->server_hostname;
  return authentication_event({.host_name = host}, request, *state.answer.decision,
                              state.answer.certificate.get());
}

/// Empty where none is written: see report.cpp.
std::optional<Access::Audit> audit_of(const request_rec* r, const RequestState& state,
                                      Require require, int nobody) {
  const auto& target = server_config(r->server).lines.audit_target;
  const bool forbidden = is_mapped(state) && require == Require::Forbidden;
  const bool enforced = forbidden || (nobody != OK && !falls_back(state));
  if (!target || *target == "none" || !enforced) return std::nullopt;
  const bool after_password = state.mode == Mode::Required && nobody == DECLINED;
  const auto* refuser = after_password ? kRequireOrOther : kRequire;
  return Access::Audit{
      *target, event_of(r, state, forbidden ? refused_by(refuser, *state.answer.decision) : "")};
}

std::string subject_of(X509* ca) {
  return to_text(read_certificate(shared(ca)).subject, NameStyle::Rfc4514);
}

/// Collects what decide() tells, line by line of each rule.
class Steps : public Trace {
 public:
  explicit Steps(ExplainedDecision& explained) : explained_(explained) {}

  void blocks(const MapFile& file, const Resolution& found) override {
    explained_.blocks.push_back({&file, found});
  }

  void issuer(const Rule& rule, const IssuerVerdict& verdict) override {
    add_line(rule, "CertMapIssuedBy", verdict.issued,
             verdict.issued ? "signed by " + subject_of(verdict.ca) : verdict.why_not);
  }

  void match(const Rule& rule, const Match& match, const std::vector<Value>& values,
             bool holds) override {
    const auto name = name_of(match.attribute());
    const auto text = [](const Value& value) { return text_of(value); };
    std::vector<Value> hits;
    std::ranges::copy_if(values, std::back_inserter(hits),
                         [&](const Value& value) { return match.hits(value); });
    const auto& shown = match.is_negation() == holds ? values : hits;
    auto& line = add_line(
        rule, "CertMapMatch", holds,
        values.empty() ? "the certificate has no " + name : name + " is " + joined(shown, text));
    line.values.emplace();
    std::ranges::transform(values, std::back_inserter(*line.values), text);
  }

  void known(const Rule& rule, const KnownFinding& known) override {
    add_line(rule, "CertMapCRL", known.let_in, known.detail);
    if (!known.let_in) steps_of(rule).result = "decides";
  }

  void answer(const Rule& rule, const Resolution& resolution) override {
    const bool found = resolution.reason == Reason::Mapped;
    const bool applies = resolution.reason != Reason::NoRuleMatched;
    auto& line = add_line(rule, outcome_of(rule), found, sentence_of(rule, resolution));
    line.lookup = resolution.steps;
    line.entry = resolution.entry;
    if (const auto* directory = dynamic_cast<const DirectorySource*>(rule.source.get());
        directory && !applies)
      line.directory = directory->check();
    steps_of(rule).result = applies ? "decides" : "does not apply";
  }

  void does_not_apply(const Rule& rule, const std::string& why) override {
    steps_of(rule).result = "does not apply";
    steps_of(rule).why = why;
  }

 private:
  RuleSteps& steps_of(const Rule& rule) {
    return *std::ranges::find(explained_.rules, &rule, &RuleSteps::rule);
  }

  const char* outcome_of(const Rule& rule) {
    for (const char* name : {"CertMapUser", "CertMapFile", "CertMapLDAPURL", "CertMapDeny"})
      if (!lines_in(steps_of(rule).section, name).empty()) return name;
    return "";
  }

  /// The rule's next line of that name.
  RuleLine& add_line(const Rule& rule, const char* name, bool holds, const std::string& note) {
    auto& steps = steps_of(rule);
    const auto written = lines_in(steps.section, name);
    const auto number =
        static_cast<std::size_t>(std::ranges::count(steps.lines, name, &RuleLine::directive));
    return steps.lines.emplace_back(
        RuleLine{name, number < written.size() ? written[number] : nullptr, holds, note});
  }

  static std::string sentence_of(const Rule& rule, const Resolution& resolution) {
    std::string text;
    if (!resolution.key.empty() && rule.source->map_file())
      text = resolution.key + " at " + rule.source->map_file()->path() + ":" +
             std::to_string(resolution.line);
    else if (!resolution.entry.empty())
      text = "entry " + resolution.entry;
    if (resolution.reason != Reason::Mapped)
      return text + (text.empty() || resolution.detail.empty() ? "" : ": ") + resolution.detail;
    return (text.empty() ? "" : text + ": ") + "account " + resolution.account;
  }

  ExplainedDecision& explained_;
};

}  // namespace

Access ask_access(request_rec* r, RequestState& state, const HeldLines& lines) {
  Access access;
  access.lines = lines.named("Require");
  access.unknown = lines.unknown_requirements();
  const bool is_known = access.unknown.empty();
  const int nobody = is_known ? ask_require(r) : DECLINED;
  if (state.misconfigured) {
    access.require = judge_nobody(is_known, nobody);
    return access;
  }
  access.require = judge(r, state, is_known, nobody);
  const bool is_user = state.mode != Mode::Required || access.require != Require::Open;
  if (is_mapped(state) && is_user) access.environment = environment_of(r, state);
  access.audit = audit_of(r, state, access.require, nobody);
  return access;
}

ExplainedDecision explain_rules(const Mapper& mapper, const Peer& peer, const server_rec* s,
                                const server_rec* main_server) {
  ExplainedDecision explained;
  for (const auto& rule : mapper.rules()) {
    const auto& named = *find_rule(s, main_server, rule->name);  // where the mapper has it from
    explained.rules.push_back({rule.get(), named.place, section_of(named, s->process->pool)});
  }
  Steps steps(explained);
  explained.decision = mapper.decide(peer, &steps);
  return explained;
}

}  // namespace certmap
