#include "core/rule/rule.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/certificate/conversion.h"
#include "core/text/error.h"

namespace certmap {
namespace {

constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

}  // namespace

bool Rule::matches_key() const {
  return std::ranges::any_of(matches, [this](const Match& match) {
    if (match.is_negation() || match.is_regex()) return false;
    const auto kind = match.attribute().kind;
    return tie_of(kind) == Tie::Always && (kind != AttributeKind::Spki || source->is_constant());
  });
}

bool Rule::is_weak() const { return !issued_by && !matches_key() && !source->always_ties(); }

Strength Rule::strength(Tie tie) const {
  if (tie == Tie::Always || matches_key()) return Strength::Strong;
  if (!issued_by) return Strength::Weak;
  return tie == Tie::UnderIssuer ? Strength::Strong : Strength::Issuer;
}

std::shared_ptr<const IssuerSet> RuleResources::issuers(const std::vector<std::string>& files) {
  auto& set = issuers_[files];
  if (!set)
    set = std::make_shared<IssuerSet>(files, static_cast<std::uint32_t>(issuers_.size()), memo_);
  return set;
}

std::shared_ptr<MapFile> RuleResources::map_file(const std::string& path) {
  auto& file = map_files_[path];
  if (!file) file = open_map_(path);
  return file;
}

RuleBuilder::RuleBuilder(const std::string& name, RuleResources& resources)
    : resources_(resources) {
  if (name.empty() || name.find_first_not_of(kNameCharacters) != std::string::npos)
    throw ConfigError(
        "a rule's name is made of letters, digits, \"_\", \".\" and \"-\"; write for example "
        "<CertMapRule staff>");
  if (to_lower(name) == "none")
    throw ConfigError("\"none\" is a word of CertMapUse; choose another name for the rule");
  rule_->name = name;
}

void RuleBuilder::issued_by(const std::vector<std::string>& files) {
  if (files.empty())
    throw ConfigError("write CertMapIssuedBy FILE ..., PEM files with CA certificates");
  if (rule_->issued_by) throw ConfigError("stands twice in this rule; name all files in one line");
  rule_->issued_by = resources_.issuers(files);
}

void RuleBuilder::match(const std::vector<std::string>& words) {
  rule_->matches.emplace_back(words);
}

void RuleBuilder::set_outcome(const std::string& directive) {
  if (!outcome_.empty())
    throw ConfigError("a rule has exactly one outcome, and " + outcome_ + " stands above; move " +
                      directive + " into a rule of its own");
  outcome_ = directive;
}

void RuleBuilder::user(const std::vector<std::string>& words) {
  set_outcome("CertMapUser");
  if (words.size() != 1)
    throw ConfigError(
        "write CertMapUser TEMPLATE, in quotes where it has blanks, for example CertMapUser "
        "{email!local}");
  if (is_attribute(words[0]))
    throw ConfigError("\"" + words[0] + "\" would be the account of everyone; write {" + words[0] +
                      "} for the attribute");
  for (char digit = '1'; digit <= '9'; ++digit)
    if (words[0].find(std::string("\\") + digit) != std::string::npos)
      throw ConfigError(std::string("write $") + digit + " for a group, not \\" + digit);
  template_ = words[0];
}

void RuleBuilder::file(const std::vector<std::string>& words) {
  set_outcome("CertMapFile");
  if (words.empty()) throw ConfigError("write CertMapFile PATH [ATTRIBUTE ...]");
  std::vector<Attribute> kinds;
  for (auto word = words.begin() + 1; word != words.end(); ++word) {
    kinds.push_back(parse_key_attribute(*word));
    if (std::ranges::count(kinds, kinds.back()) > 1)
      throw ConfigError("attribute " + *word + " stands twice");
  }
  rule_->source = std::make_unique<MapFileSource>(resources_.map_file(words[0]), std::move(kinds));
}

void RuleBuilder::deny(const std::vector<std::string>& words) {
  set_outcome("CertMapDeny");
  if (words.size() > 1)
    throw ConfigError("put the reason in quotes: CertMapDeny \"left the company\"");
  rule_->source = std::make_unique<DenySource>(words.empty() ? std::string() : words[0]);
}

void RuleBuilder::check() const {
  check_group_names(rule_->matches);
  if (outcome_.empty())
    throw ConfigError("rule \"" + rule_->name +
                      "\" has no outcome; add one line CertMapUser, CertMapFile, CertMapLDAPURL or "
                      "CertMapDeny");
}

std::shared_ptr<Rule> RuleBuilder::build() {
  check();
  if (template_)
    rule_->source = std::make_unique<TemplateSource>(Template(*template_, rule_->matches));
  return rule_;
}

}  // namespace certmap
