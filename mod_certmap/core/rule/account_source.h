// Where a rule's account comes from: a template, a map file, a refusal; ldap/lookup/source.h has
// the directory.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/map/map_file.h"
#include "core/rule/checked_certificate.h"
#include "core/rule/decision.h"
#include "core/rule/template.h"

namespace certmap {

/// The tie that equality of this attribute makes.
Tie tie_of(AttributeKind kind);

/// The images of map files that one decision looks at: the same from its first block to its last
/// rule, whatever comes into force meanwhile.
class MapImages {
 public:
  explicit MapImages(const std::vector<std::shared_ptr<MapFile>>& files);
  /// The image of `file`; null where it has not been read, or is none of these.
  std::shared_ptr<const MapImage> of(const MapFile& file) const;

 private:
  std::vector<std::pair<const MapFile*, std::shared_ptr<const MapImage>>> images_;
};

/// What a source is asked.
struct Inquiry {
  const CheckedCertificate& certificate;
  std::int64_t now;
  const MapImages& maps;
  bool wants_steps = false;    ///< Resolution::steps
  std::stop_token trial = {};  ///< as in Peer
};

/// It never changes once the configuration is read: any number of threads may ask it.
class AccountSource {
 public:
  virtual ~AccountSource() = default;
  virtual Resolution resolve(const Inquiry& asked) const = 0;
  /// `certmap.backend` of audit events; empty where nothing is looked up.
  virtual std::string_view backend() const = 0;
  /// True where every account it can give is tied to a key.
  virtual bool always_ties() const { return false; }
  /// True where it gives every certificate the same account.
  virtual bool is_constant() const { return false; }
  /// True where it refuses whom its rule is about.
  virtual bool denies() const { return false; }
  /// The map file whose blocks hold before the first rule; null: none.
  virtual std::shared_ptr<MapFile> map_file() const { return nullptr; }
};

/// CertMapUser
class TemplateSource : public AccountSource {
 public:
  explicit TemplateSource(Template text);
  Resolution resolve(const Inquiry& asked) const override;
  std::string_view backend() const override { return "template"; }
  bool is_constant() const override { return template_.is_constant(); }

 private:
  Template template_;
};

/// CertMapDeny
class DenySource : public AccountSource {
 public:
  explicit DenySource(std::string reason);
  Resolution resolve(const Inquiry& asked) const override;
  std::string_view backend() const override { return {}; }
  bool always_ties() const override { return true; }
  bool denies() const override { return true; }

 private:
  std::string reason_;
};

/// CertMapFile
class MapFileSource : public AccountSource {
 public:
  /// `kinds` empty: those of the file, in its order.
  MapFileSource(std::shared_ptr<MapFile> file, std::vector<Attribute> kinds);
  Resolution resolve(const Inquiry& asked) const override;
  std::string_view backend() const override { return "file"; }
  bool always_ties() const override;
  std::shared_ptr<MapFile> map_file() const override { return file_; }

 private:
  std::shared_ptr<MapFile> file_;
  std::vector<Attribute> kinds_;
};

/// The answer of the block of the file that holds for the certificate now; NoRuleMatched: none
/// does.
Resolution find_block(const MapFile& file, const Certificate& certificate, std::int64_t now,
                      const MapImages& maps);

}  // namespace certmap
