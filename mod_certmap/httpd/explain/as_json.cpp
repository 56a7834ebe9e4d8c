#include "httpd/explain/as_json.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/certificate/attribute.h"
#include "core/explain/protocol.h"
#include "core/text/calendar.h"
#include "core/text/json.h"
#include "core/text/words.h"
#include "httpd/explain/server.h"
#include "httpd/tree/lines.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

std::string_view word(Mode mode) {
  return word_of<Mode::Misconfigured>(mode, {"alone", "sufficient", "required", "misconfigured"});
}

std::string_view word(TlsVerdict::Outcome outcome) {
  return word_of<TlsVerdict::Outcome::Unknown>(
      outcome, {"accepted", "not_asked", "not_verified", "refused", "unknown"});
}

std::string_view word(Access::Require require) {
  return word_of<Access::Require::Unknown>(
      require, {"open", "granted", "needs_user", "forbidden", "unknown"});
}

Json as_json(const Certificate& certificate) {
  Json json;
  for (const char* name : {"subject", "issuer", "serial", "notbefore", "notafter", "sha256"}) {
    const auto values = values_of(certificate, parse_attribute(name));
    json[name] = values.empty() ? "" : text_of(values[0]);
  }
  if (certificate.malformed) json["malformed"] = *certificate.malformed;
  return json;
}

Json as_json(const std::vector<const ap_directive_t*>& lines) {
  auto json = Json::array();
  for (const auto* line : lines)
    json.push_back({{"line", text_of_line(line)}, {"place", place_of(line).text()}});
  return json;
}

Json as_json(const TlsVerdict& verdict) {
  Json json;
  if (!verdict.notes.empty()) json["notes"] = verdict.notes;
  json["outcome"] = word(verdict.outcome);
  if (!verdict.why.empty()) json["why"] = verdict.why;
  json["lines"] = as_json(verdict.lines);
  return json;
}

Json as_json(const BlockSteps& block) {
  const auto& found = block.found;
  const bool blocked = found.reason == Reason::DeniedByRule;
  Json json{{"file", block.file->path()}, {"blocked", blocked}};
  if (blocked) {
    json["key"] = found.key;
    json["place"] = block.file->path() + ":" + std::to_string(found.line);
  } else if (found.reason != Reason::NoRuleMatched) {
    json["problem"] = found.detail;
  }
  return json;
}

Json as_json(const LookupStep& step, const MapFile* file) {
  Json json{{"what", step.what}, {"text", step.text}};
  if (step.what == "key") json["found"] = step.line != 0;
  if (file && step.line != 0) json["place"] = file->path() + ":" + std::to_string(step.line);
  return json;
}

Json as_json(const RuleLine& line, const MapFile* file) {
  Json json{{"directive", line.directive},
            {"line", line.written ? text_of_line(line.written) : line.directive},
            {"place", line.written ? place_of(line.written).text() : ""},
            {"holds", line.holds},
            {"note", line.note}};
  if (line.values) json["values"] = *line.values;
  for (const auto& step : line.lookup) json["lookup"].push_back(as_json(step, file));
  if (!line.entry.empty()) json["entry"] = line.entry;
  if (line.directory) json["directory"] = *line.directory;
  return json;
}

Json as_json(const RuleSteps& steps) {
  Json json{{"name", steps.rule->name},
            {"place", steps.place.text()},
            {"result", steps.result},
            {"lines", Json::array()}};
  const auto file = steps.rule->source->map_file();
  for (const auto& line : steps.lines) json["lines"].push_back(as_json(line, file.get()));
  if (!steps.why.empty()) json["why"] = steps.why;
  return json;
}

template <typename Each>
Json list_of(const std::vector<Each>& all) {
  auto json = Json::array();
  for (const auto& each : all) json.push_back(as_json(each));
  return json;
}

Json as_json(const Decision& decision) {
  Json json{{"reason", word(decision.reason)}, {"detail", decision.detail}};
  if (decision.reason == Reason::Mapped) {
    json["account"] = decision.account;
    json["strength"] = word(decision.strength);
    json["groups"] = decision.groups;
  }
  if (const auto& revoked = decision.revoked)
    json["revoked"] = {
        {"at", utc_text(revoked->at)}, {"reason", revoked->reason}, {"crl", revoked->crl}};
  if (!decision.rule.empty()) json["rule"] = decision.rule;
  if (!decision.backend.empty()) json["backend"] = decision.backend;
  if (!decision.key.empty()) json["key"] = decision.key;
  return json;
}

void add_trial(Json& json, const Explanation& explanation) {
  if (!explanation.trial) return;
  const auto& line = *dir_config(explanation.r).trial;
  json["trial"] = {{"rules", line.names},
                   {"place", line.place.text()},
                   {"decision", as_json(*explanation.trial)}};
}

void add_access(Json& json, const Access& access) {
  auto& require = json["require"];
  require = {{"result", word(access.require)}, {"lines", as_json(access.lines)}};
  if (!access.unknown.empty()) require["not_evaluated"] = as_json(access.unknown);
  json["environment"] = Json::object();
  for (const auto& [name, value] : access.environment) json["environment"][name] = value;
  json["audit"] = nullptr;
  if (access.audit)
    json["audit"] = {{"log", access.audit->log}, {"event", parse_json(access.audit->event)}};
}

void add_place(Json& json, const Explanation& explanation) {
  const auto* s = explanation.r->server;
  json["server"] = {{"name", name_of(s)}};
  if (s->is_virtual && s->defn_name)
    json["server"]["place"] = std::string(s->defn_name) + ":" + std::to_string(s->defn_line_number);
  json["location"] = explanation.r->uri;
  if (explanation.r->filename) json["file"] = explanation.r->filename;
  json["certificate"] = as_json(*explanation.certificate);
  auto& use = json["use"];
  if (const char* type = ap_auth_type(explanation.r)) use["auth_type"] = type;
  if (const auto* line = dir_config(explanation.r).use) {
    use["rules"] = line->names;
    use["place"] = line->place.text();
  }
  if (explanation.control) use["control"] = word(*explanation.control);
}

Json as_json(const Explanation& explanation) {
  if (!explanation.error.empty()) return {{"error", explanation.error}};
  Json json{{"exit", explanation.exit}, {"answer", explanation.answer}};
  add_place(json, explanation);
  if (!explanation.conditions.empty()) json["conditions"] = as_json(explanation.conditions);
  if (explanation.tls) json["tls"] = as_json(*explanation.tls);
  if (explanation.rules) {
    json["blocks"] = list_of(explanation.rules->blocks);
    json["rules"] = list_of(explanation.rules->rules);
    if (explanation.rules_alone) json["rules_alone"] = as_json(explanation.rules->decision);
  }
  if (explanation.decision) json["decision"] = as_json(*explanation.decision);
  if (explanation.misconfigured) json["decision"]["detail"] = explanation.misconfigured;
  if (explanation.status != OK) json["decision"]["status"] = explanation.status;
  if (explanation.access) add_access(json, *explanation.access);
  add_trial(json, explanation);
  return json;
}

}  // namespace

std::string answer_line(const Explanation& explanation) {
  return answer_line(ascii_line(as_json(explanation)));
}

}  // namespace certmap
