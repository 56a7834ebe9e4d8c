// CERT|KEY of a command that changes a map file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"
#include "tool/command.h"
#include "tool/mapfile/map_facts.h"

namespace certmap {

/// A key as it goes into a line, and as it compares.
struct MapKey {
  Attribute kind;
  std::string field;  ///< ATTRIBUTE:VALUE, not quoted
  std::string key;
};

class MapTarget {
 public:
  /// `what`: a file that is there, or "-", is a certificate; anything else is a key. Takes --by and
  /// --password-file from `arguments`. Throws ToolError.
  MapTarget(const std::string& what, const Arguments& arguments);

  /// What messages call it.
  const std::string& name() const { return name_; }
  bool is_certificate() const { return certificate_.has_value(); }
  /// Where it is the certificate of a CA, the key of those that this issued, as a field of a line.
  std::optional<std::string> key_of_issued() const;
  /// The kind that --by asks for.
  const std::optional<Attribute>& by() const { return by_; }

  /// The one key of this kind, or that was given. Throws ToolError where there is none, or several.
  MapKey key(const Attribute& kind) const;
  /// The keys that are known to be the certificate's, of one kind.
  std::vector<std::string> keys(const Attribute& kind) const;
  /// True where this key of the certificate is meant: it is of the kind of --by, or is the one that
  /// was given.
  bool means(const Attribute& kind, const std::string& key) const;

 private:
  /// `no_file`: the error that kept it from being a file.
  void read_key(const std::string& typed, int no_file);

  std::string name_;
  std::optional<Attribute> by_;
  std::optional<Certificate> certificate_;
  std::optional<MapKey> key_;
  std::optional<KeyFacts> facts_;  ///< of key_
};

Option by_option();

}  // namespace certmap
