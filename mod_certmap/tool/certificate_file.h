// A certificate that is named on the command line.
#pragma once

#include <optional>
#include <string>

#include "core/certificate.h"

namespace certmap {

/// The first certificate of a PEM file, a DER file, or the one of a PKCS#12 file that belongs to
/// its key. `path` "-" is standard input. `password_file` holds the password of PKCS#12; without it
/// the terminal is asked. Throws ToolError.
Certificate read_certificate_file(const std::string& path,
                                  const std::optional<std::string>& password_file = {});

}  // namespace certmap
