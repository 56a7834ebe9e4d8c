#include "core/rule/rule.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/text/encodings.h"
#include "core/text/error.h"

namespace certmap {
namespace {

constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

/// A year: who writes more hardly meant hours.
constexpr std::int64_t kMostHours = 24 * 366;

StalePolicy stale_policy(const std::string& word) {
  const auto lower = to_lower(word);
  if (lower == "refuse") return {};
  if (lower == "allow") return {.grace = 0, .allow_unknown = true};
  const bool is_number = !word.empty() && word.size() <= 5 &&
                         word.find_first_not_of("0123456789") == std::string::npos;
  const std::int64_t hours = is_number ? std::stoll(word) : 0;
  if (hours < 1 || hours > kMostHours)
    throw ConfigError(
        "write refuse, allow, or for how many hours after its nextUpdate a CRL still "
        "counts as in force, from 1 to " +
        std::to_string(kMostHours) + ": CertMapCRLStale 12");
  return {.grace = hours * 60 * 60};
}

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

RuleResources::RuleResources(OpenMap open_map, OpenCrls open_crls)
    : open_map_(std::move(open_map)),
      open_crls_(std::move(open_crls)),
      memo_(std::make_shared<SignatureMemo>()) {}

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

std::shared_ptr<CrlFiles> RuleResources::crls(const std::string& path,
                                              const std::shared_ptr<const IssuerSet>& issuers) {
  const auto key = path + "\n" + issuers->files();
  auto& files = crls_[key];
  if (!files) files = open_crls_(path, {issuers->cas(), issuers}, key);
  return files;
}

std::vector<std::shared_ptr<LiveFile>> RuleResources::live_files() const {
  std::vector<std::shared_ptr<LiveFile>> all;
  for (const auto& [path, file] : map_files_) all.push_back(file);
  for (const auto& [key, files] : crls_) all.push_back(files);
  return all;
}

RuleBuilder::RuleBuilder(const std::string& name, RuleResources& resources)
    : resources_(resources), rule_(std::make_shared<Rule>()) {
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
  check_group_names(rule_->matches);
}

void RuleBuilder::crl(const std::vector<std::string>& paths) {
  if (paths.empty()) throw ConfigError("write CertMapCRL PATH ..., files with CRLs or folders");
  if (!crls_.empty()) throw ConfigError("stands twice in this rule; name all paths in one line");
  for (const auto& path : paths)
    if (std::ranges::count(paths, path) > 1) throw ConfigError(path + " stands twice");
  crls_ = paths;
}

void RuleBuilder::crl_stale(const std::vector<std::string>& words) {
  if (has_stale_) throw ConfigError("stands twice in this rule; leave one of the lines out");
  has_stale_ = true;
  rule_->stale = words.size() == 1 ? stale_policy(words[0]) : stale_policy("");
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
    if (word->find(',') != std::string::npos)
      throw ConfigError("\"" + *word + "\" has a comma; write blanks between the attributes");
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
  if (!crls_.empty() && !rule_->issued_by)
    throw ConfigError("CertMapCRL needs a CertMapIssuedBy in rule \"" + rule_->name +
                      "\": name the CAs that sign the CRLs there");
  if (has_stale_ && crls_.empty())
    throw ConfigError("CertMapCRLStale needs a CertMapCRL in rule \"" + rule_->name +
                      "\"; add one, or leave the line out");
  if (outcome_.empty())
    throw ConfigError("rule \"" + rule_->name +
                      "\" has no outcome; add one line CertMapUser, CertMapFile, CertMapLDAPURL or "
                      "CertMapDeny");
}

std::shared_ptr<Rule> RuleBuilder::build() {
  check();
  for (const auto& path : crls_) rule_->crls.push_back(resources_.crls(path, rule_->issued_by));
  if (template_)
    rule_->source = std::make_unique<TemplateSource>(Template(*template_, rule_->matches));
  return rule_;
}

}  // namespace certmap
