// The directory as an AccountSource.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/rule/account_source.h"
#include "ldap/config/filter.h"
#include "ldap/directory/directory.h"
#include "ldap/lookup/lookups.h"

namespace certmap {

/// What one rule searches for, and what it takes from the entry.
struct SearchSettings {
  std::string base;
  int scope = LDAP_SCOPE_SUBTREE;
  std::vector<std::string> attributes;  ///< the first is the account's
  std::string filter;                   ///< as written, for the key of remembered lookups
  std::string groups;                   ///< attribute whose values are groups; empty: none
  bool verify_certificate = false;
};

/// The NAME of CERTMAP_ATTR_NAME: upper case, what is no letter or digit as `_`.
std::string environment_name(const std::string& attribute);

/// It never changes once it is made; connections and remembered lookups belong to each process.
class DirectorySource : public AccountSource {
 public:
  DirectorySource(std::shared_ptr<Directory> directory, Lookups& lookups, SearchSettings settings,
                  Filter filter);
  Resolution resolve(const Inquiry& asked) const override;
  std::string_view backend() const override { return "ldap"; }
  bool always_ties() const override { return settings_.verify_certificate; }

  const Directory& directory() const { return *directory_; }
  /// By which the lookup for this certificate is remembered; `filter` is the expanded one.
  std::string key_of(const Certificate& certificate, const std::string& filter) const;

  /// Sentences for the error log at start; see Directory::check().
  std::vector<std::string> check() const;
  /// As Directory::look_again().
  void look_again() const { directory_->look_again(settings_.base); }

 private:
  SearchRequest request(std::string filter) const;
  LookupResult look_up(const std::string& filter, const Certificate& certificate,
                       std::chrono::steady_clock::time_point start,
                       const std::stop_token& trial) const;
  std::vector<LookupStep> steps(const Expansion& filter) const;
  Resolution resolution_of(LookupResult answer, const std::string& filter) const;

  std::shared_ptr<Directory> directory_;
  Lookups& lookups_;
  SearchSettings settings_;
  Filter filter_;
  std::string configuration_;  ///< digest of the whole lookup configuration
};

}  // namespace certmap
