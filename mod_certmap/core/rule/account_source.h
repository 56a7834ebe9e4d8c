// Where a rule's account comes from: a template, a map file, a refusal; ldap/lookup/source.h has
// the directory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/map/map_file.h"
#include "core/rule/checked_certificate.h"
#include "core/rule/decision.h"
#include "core/rule/template.h"
#include "core/text/calendar.h"

namespace certmap {

/// How firmly what hit ties the account to the certificate's key (CERTMAP_STRENGTH).
enum class Tie { None, UnderIssuer, Always };
/// The tie that equality of this attribute makes.
Tie tie_of(AttributeKind kind);

/// An answer. Reason::NoRuleMatched: nothing found, the next rule is tried. Every other reason ends
/// the decision.
struct Resolution {
  Reason reason = Reason::NoRuleMatched;
  std::string detail;
  std::string account;
  std::vector<std::string> groups;
  AttributeValues attributes;
  AnswerFrom from = AnswerFrom::Source;
  std::string key;
  Tie tie = Tie::None;
  std::uint32_t line = 0;  ///< of the map file, where it was the first that hit
  std::optional<std::uint64_t> map_generation;
  std::int64_t valid_until = kForever;
  std::string entry;  ///< name of the directory's entry, where it was asked now
};

/// What a lookup asks, for people: what it is ("key", "filter", ...), its text, and the line of the
/// map file that has the key (0: none has).
struct LookupStep {
  std::string what;
  std::string text;
  std::uint32_t line = 0;
};

/// The images of map files that one decision looks at: the same from its first block to its last
/// rule, whatever comes into force meanwhile.
class MapImages {
 public:
  MapImages() = default;
  explicit MapImages(const std::vector<std::shared_ptr<MapFile>>& files);
  /// Null where the file has not been read, or is none of these.
  std::shared_ptr<const MapImage> of(const MapFile& file) const;

 private:
  std::vector<std::pair<const MapFile*, std::shared_ptr<const MapImage>>> images_;
};

class AccountSource {
 public:
  virtual ~AccountSource() = default;
  virtual Resolution resolve(const CheckedCertificate& certificate, std::int64_t now,
                             const MapImages& maps) const = 0;
  /// `certmap.backend` of audit events; empty where nothing is looked up.
  virtual std::string_view backend() const = 0;
  /// True where every account it can give is tied to a key.
  virtual bool always_ties() const { return false; }
  /// True where it gives every certificate the same account.
  virtual bool is_constant() const { return false; }
  /// The map file whose blocks hold before the first rule; null: none.
  virtual std::shared_ptr<MapFile> map_file() const { return nullptr; }
  /// What resolve() looks for, in its order. Empty where nothing is looked up.
  virtual std::vector<LookupStep> steps(const CheckedCertificate&) const { return {}; }
};

/// CertMapUser
class TemplateSource : public AccountSource {
 public:
  explicit TemplateSource(Template text) : template_(std::move(text)) {}
  Resolution resolve(const CheckedCertificate& certificate, std::int64_t now,
                     const MapImages& maps) const override;
  std::string_view backend() const override { return "template"; }
  bool is_constant() const override { return template_.is_constant(); }

 private:
  Template template_;
};

/// CertMapDeny
class DenySource : public AccountSource {
 public:
  explicit DenySource(std::string reason) : reason_(std::move(reason)) {}
  Resolution resolve(const CheckedCertificate& certificate, std::int64_t now,
                     const MapImages& maps) const override;
  std::string_view backend() const override { return {}; }
  bool always_ties() const override { return true; }

 private:
  std::string reason_;
};

/// CertMapFile
class MapFileSource : public AccountSource {
 public:
  /// `kinds` empty: those of the file, in its order.
  MapFileSource(std::shared_ptr<MapFile> file, std::vector<Attribute> kinds)
      : file_(std::move(file)), kinds_(std::move(kinds)) {}
  Resolution resolve(const CheckedCertificate& certificate, std::int64_t now,
                     const MapImages& maps) const override;
  std::string_view backend() const override { return "file"; }
  bool always_ties() const override;
  std::shared_ptr<MapFile> map_file() const override { return file_; }
  std::vector<LookupStep> steps(const CheckedCertificate& certificate) const override;

 private:
  std::shared_ptr<MapFile> file_;
  std::vector<Attribute> kinds_;
};

/// Whether a block of the file holds for the certificate now; NoRuleMatched: none does.
Resolution find_block(const MapFile& file, const Certificate& certificate, std::int64_t now,
                      const MapImages& maps);

}  // namespace certmap
