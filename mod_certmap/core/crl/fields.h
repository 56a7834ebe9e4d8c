// The parts of which crl.cpp and facts.cpp are made.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/der.h"
#include "core/crl/crl.h"

namespace certmap {

[[noreturn]] void refuse_crl(const Crl& crl, const std::string& why);

/// A Time as RFC 5280 section 4.1.2.5 writes it (UTC with seconds); empty: it is none.
std::optional<std::int64_t> crl_time(const std::optional<Tlv>& time);

struct CrlExtension {
  std::string_view oid;
  bool critical = false;
  std::string_view value;

  /// The last arc of an extension of id-ce (2.5.29: content octets 55 1d); 0: it is none.
  int number() const { return oid.size() == 3 && oid.starts_with("\x55\x1d") ? oid[2] : 0; }
};

/// Calls `each` for the extensions in the content of an Extensions; false: they are damaged.
bool each_extension(std::string_view content, const std::function<void(const CrlExtension&)>& each);

/// Appends the DER of the names in the content of a DistributionPointName; false: it is damaged. A
/// nameRelativeToCRLIssuer is one name, with its tag.
bool read_point_names(std::string_view content, std::vector<std::string>& names);

/// The value of an issuingDistributionPoint; empty: it is damaged.
std::optional<CrlScope> read_scope(std::string_view value);

/// Takes the extensions of the whole CRL into `crl`.
void read_crl_extensions(Crl& crl, std::string_view content);

}  // namespace certmap
