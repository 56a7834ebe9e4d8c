// One <CertMapRule>, and how it is read. What is built never changes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/crl/crl_files.h"
#include "core/crl/judge.h"
#include "core/rule/account_source.h"
#include "core/rule/issuer.h"
#include "core/rule/match.h"

namespace certmap {

/// The numbers under which a rule is counted, and what it looks up in (core/count/counters.h).
struct RuleSlots {
  std::uint32_t rule = 0;
  std::optional<std::uint32_t> map, directory;
};

struct Rule {
  std::string name;
  std::shared_ptr<const IssuerSet> issued_by;  ///< null: any issuer that the TLS module accepts
  std::vector<Match> matches;
  std::vector<std::shared_ptr<CrlFiles>> crls;  ///< CertMapCRL; of CAs of `issued_by`
  StalePolicy stale;                            ///< CertMapCRLStale
  std::unique_ptr<AccountSource> source;
  RuleSlots slots;

  /// True where it can map a certificate whose CA and key it does not check.
  bool is_weak() const;
  /// True where a `==` line already ties the account to a key: it names whole certificates, or keys
  /// where the account is no matter of what else their certificates say.
  bool matches_key() const;
  Strength strength(Tie tie) const;
};

/// What rules of one configuration share: CA files, map files and CRLs are read once. It is used,
/// as is RuleBuilder, by the one thread that reads the configuration.
class RuleResources {
 public:
  using OpenMap = std::function<std::shared_ptr<MapFile>(const std::string& path)>;
  /// `key` tells the same path under different CAs apart.
  using OpenCrls = std::function<std::shared_ptr<CrlFiles>(
      const std::string& path, CrlAuthorities authorities, const std::string& key)>;
  explicit RuleResources(OpenMap open_map, OpenCrls open_crls = {});

  std::shared_ptr<const IssuerSet> issuers(const std::vector<std::string>& files);
  std::shared_ptr<MapFile> map_file(const std::string& path);
  std::shared_ptr<CrlFiles> crls(const std::string& path,
                                 const std::shared_ptr<const IssuerSet>& issuers);
  /// All that is read anew while the server runs.
  std::vector<std::shared_ptr<LiveFile>> live_files() const;
  const std::map<std::string, std::shared_ptr<MapFile>>& map_files() const { return map_files_; }
  /// In the order of their paths.
  const std::map<std::string, std::shared_ptr<CrlFiles>>& crl_files() const { return crls_; }

 private:
  OpenMap open_map_;
  OpenCrls open_crls_;
  std::shared_ptr<SignatureMemo> memo_;
  std::map<std::vector<std::string>, std::shared_ptr<const IssuerSet>> issuers_;
  std::map<std::string, std::shared_ptr<MapFile>> map_files_;
  std::map<std::string, std::shared_ptr<CrlFiles>> crls_;
};

/// Collects the lines of a <CertMapRule>, in any order; each throws ConfigError.
class RuleBuilder {
 public:
  /// `name` as after `<CertMapRule`.
  RuleBuilder(const std::string& name, RuleResources& resources);

  void issued_by(const std::vector<std::string>& files);
  void match(const std::vector<std::string>& words);
  /// Absolute paths; they are opened by build(), since CertMapIssuedBy may stand below.
  void crl(const std::vector<std::string>& paths);
  void crl_stale(const std::vector<std::string>& words);
  void user(const std::vector<std::string>& words);
  /// `words` are an absolute PATH and kinds of key.
  void file(const std::vector<std::string>& words);
  void deny(const std::vector<std::string>& words);
  /// Notes an outcome. Where it is none of those above, the caller puts its source into the built
  /// rule.
  void set_outcome(const std::string& directive);
  const std::vector<Match>& matches() const { return rule_->matches; }
  /// Checks what needs all lines, but for the template: group names, and that there is an outcome.
  void check() const;
  /// Reads the template last, because it may use groups of lines below it.
  std::shared_ptr<Rule> build();

 private:
  RuleResources& resources_;
  std::shared_ptr<Rule> rule_;
  std::string outcome_;
  std::optional<std::string> template_;
  std::vector<std::string> crls_;
  bool has_stale_ = false;
};

}  // namespace certmap
