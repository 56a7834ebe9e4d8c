// The parts of which crl.cpp and entries.cpp are made.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/crl/crl.h"

namespace certmap {

[[noreturn]] void refuse_crl(const Crl& crl, const std::string& why);

/// A Time as RFC 5280 section 4.1.2.5 writes it (UTC with seconds); empty: it is none.
std::optional<std::int64_t> crl_time(int tag, std::string_view content);

struct CrlExtension {
  std::string_view oid;
  bool critical = false;
  std::string_view value;
};

/// Calls `each` for the extensions in the content of an Extensions; false: they are damaged.
bool each_extension(std::string_view content, const std::function<void(const CrlExtension&)>& each);

/// Takes the extensions of the whole CRL into `crl`.
void read_crl_extensions(Crl& crl, std::string_view content);

}  // namespace certmap
