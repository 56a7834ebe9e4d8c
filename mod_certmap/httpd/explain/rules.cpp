#include "httpd/explain/rules.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "httpd/request/enforcement.h"
#include "httpd/tree/held_lines.h"
#include "ldap/lookup/source.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

/// "alice@example.com, al@example.com"
std::string list_of(const std::vector<Value>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + text_of(value);
  return text;
}

std::string subject_of(X509* ca) {
  X509_up_ref(ca);
  return to_text(read_certificate(std::shared_ptr<X509>(ca, X509_free)).subject,
                 NameStyle::Rfc4514);
}

/// Collects what decide() tells, line by line of each rule.
class Steps : public Trace {
 public:
  Steps(const server_rec* s, const server_rec* main_server)
      : server_(s), main_server_(main_server) {}

  void blocks(const MapFile& file, const Resolution& found) override {
    Json json{{"file", file.path()}, {"blocked", found.reason == Reason::DeniedByRule}};
    if (found.reason == Reason::DeniedByRule) {
      json["key"] = found.key;
      json["place"] = file.path() + ":" + std::to_string(found.line);
    } else if (found.reason != Reason::NoRuleMatched) {
      json["problem"] = found.detail;
    }
    blocks_.push_back(std::move(json));
  }

  void issuer(const Rule& rule, const IssuerVerdict& verdict) override {
    add_line(rule, "CertMapIssuedBy", verdict.issued,
             verdict.issued ? "signed by " + subject_of(verdict.ca) : verdict.why_not);
  }

  void match(const Rule& rule, const Match& match, const std::vector<Value>& values,
             bool holds) override {
    const auto name = name_of(match.attribute());
    std::vector<Value> hits;
    std::ranges::copy_if(values, std::back_inserter(hits),
                         [&](const Value& value) { return match.hits(value); });
    const auto& shown = match.is_negation() == holds ? values : hits;
    add_line(rule, "CertMapMatch", holds,
             values.empty() ? "the certificate has no " + name : name + " is " + list_of(shown));
    auto all = Json::array();
    for (const auto& value : values) all.push_back(text_of(value));
    lines_of(rule).back()["values"] = std::move(all);
  }

  void answer(const Rule& rule, const Resolution& resolution) override {
    const bool found = resolution.reason == Reason::Mapped;
    add_line(rule, outcome_directive(rule), found, sentence_of(rule, resolution));
    auto& line = lines_of(rule).back();
    auto steps = Json::array();
    for (const auto& step : resolution.steps) steps.push_back(step_of(rule, step));
    if (!steps.empty()) line["lookup"] = std::move(steps);
    if (!resolution.entry.empty()) line["entry"] = resolution.entry;
    if (const auto* directory = dynamic_cast<const DirectorySource*>(rule.source.get());
        directory && resolution.reason == Reason::NoRuleMatched)
      line["directory"] = directory->check();
    rule_of(rule)["result"] =
        resolution.reason == Reason::NoRuleMatched ? "does not apply" : "decides";
  }

  void does_not_apply(const Rule& rule, const std::string& why) override {
    rule_of(rule)["result"] = "does not apply";
    rule_of(rule)["why"] = why;
  }

  Json take_blocks() { return std::move(blocks_); }

  /// In the order of CertMapUse, with those that were not tried.
  Json take_rules(const Mapper& mapper) {
    auto all = Json::array();
    for (const auto& rule : mapper.rules()) all.push_back(rule_of(*rule));
    return all;
  }

 private:
  Json& rule_of(const Rule& rule) {
    for (auto& each : rules_)
      if (each["name"] == rule.name) return each;
    const auto* named = find_rule(server_, main_server_, rule.name);
    return rules_.emplace_back(Json{{"name", rule.name},
                                    {"place", named ? named->place.text() : ""},
                                    {"result", "not tried"},
                                    {"lines", Json::array()}});
  }
  Json& lines_of(const Rule& rule) { return rule_of(rule)["lines"]; }

  const ap_directive_t* section_of(const Rule& rule) const {
    const auto* named = find_rule(server_, main_server_, rule.name);
    return named ? ::certmap::section_of(*named, server_->process->pool) : nullptr;
  }

  const char* outcome_directive(const Rule& rule) const {
    const auto* section = section_of(rule);
    for (const char* name : {"CertMapUser", "CertMapFile", "CertMapLDAPURL", "CertMapDeny"})
      if (!lines_in(section, name).empty()) return name;
    return "";
  }

  void add_line(const Rule& rule, const char* name, bool holds, const std::string& note) {
    auto& lines = lines_of(rule);
    const auto number = static_cast<std::size_t>(
        std::ranges::count_if(lines, [&](const Json& line) { return line["directive"] == name; }));
    const auto all = lines_in(section_of(rule), name);
    const auto* written = number < all.size() ? all[number] : nullptr;
    lines.push_back({{"directive", name},
                     {"line", written ? text_of_line(written) : name},
                     {"place", written ? place_of(written).text() : ""},
                     {"holds", holds},
                     {"note", note}});
  }

  static Json step_of(const Rule& rule, const LookupStep& step) {
    Json json{{"what", step.what}, {"text", step.text}};
    if (step.what == "key") json["found"] = step.line != 0;
    if (const auto file = rule.source->map_file(); file && step.line != 0)
      json["place"] = file->path() + ":" + std::to_string(step.line);
    return json;
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

  const server_rec* server_;
  const server_rec* main_server_;
  Json blocks_ = Json::array();
  std::vector<Json> rules_;
};

}  // namespace

ExplainedDecision explain_rules(const Mapper& mapper, const Peer& peer, const server_rec* s,
                                const server_rec* main_server) {
  Steps steps(s, main_server);
  ExplainedDecision explained;
  explained.decision = mapper.decide(peer, &steps);
  explained.blocks = steps.take_blocks();
  explained.rules = steps.take_rules(mapper);
  return explained;
}

Json decision_as_json(const Decision& decision) {
  Json json{{"reason", word(decision.reason)}, {"detail", decision.detail}};
  if (decision.reason == Reason::Mapped) {
    json["account"] = decision.account;
    json["strength"] = word(decision.strength);
    json["groups"] = decision.groups;
  }
  if (!decision.rule.empty()) json["rule"] = decision.rule;
  if (!decision.backend.empty()) json["backend"] = decision.backend;
  if (!decision.key.empty()) json["key"] = decision.key;
  return json;
}

}  // namespace certmap
