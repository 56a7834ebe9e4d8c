// A file of CRLs that is named on the command line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/crl/crl.h"
#include "core/crl/facts.h"

namespace certmap {

/// Whether somebody who gave this meant CRLs: PEM with CRLs and no certificate, or DER that begins
/// as one, also where it is cut.
bool is_crl(std::string_view content);

/// The file's octets; `path` "-" is standard input. Throws ToolError, for more than 1 GiB before it
/// is read.
std::string read_crl_file(const std::string& path);
/// The same; what is no CRL may only have the size of a certificate.
std::string read_crl_or_certificate(const std::string& path);

/// Reads each CRL but its entries. Throws ConfigError, which calls the file `name`.
void for_each_crl(std::string_view content, const std::string& name,
                  const std::function<void(const Crl&)>& each);

/// Whether its thisUpdate is further ahead than clocks differ; the server takes no such CRL.
bool is_of_future(const Crl& crl, std::int64_t now);

/// "complete CRL 5", "delta CRL 6 of 5", "complete CRL without a number".
std::string kind_text(const Crl& crl);

}  // namespace certmap
