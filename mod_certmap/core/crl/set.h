// Which of several CRLs count, and with which delta.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/crl/image.h"

namespace certmap {

/// An entry, and the CRL that has it.
struct CrlHit {
  Revocation entry;
  const CrlImage* crl = nullptr;
};

/// A complete CRL that counts, and the delta that counts with it.
struct CrlSource {
  const CrlImage* complete = nullptr;
  const CrlImage* delta = nullptr;  ///< may be null

  /// The delta's word counts, except that its removeFromCRL takes back a certificateHold of
  /// `complete` and nothing else. Throws as CrlImage::find() does.
  std::optional<CrlHit> find(std::string_view serial) const;
};

/// Whether `a` is the later of two complete CRLs of one signer and scope: by its thisUpdate, then
/// by its crlNumber.
bool is_later(const CrlFacts& a, const CrlFacts& b);

/// Those that count among `images`, whose order does not matter and which live longer than the
/// answer. Of several complete CRLs of one signer and scope that with the latest thisUpdate counts;
/// of those of one second that with the highest crlNumber, or where they are equal in that, too,
/// all of them, for whom one of them revokes is revoked. A delta counts with the complete CRL of
/// its signer and scope whose crlNumber is at least its base's and below its own; of several that
/// with the highest crlNumber.
std::vector<CrlSource> sources_of(const std::vector<const CrlImage*>& images);

}  // namespace certmap
