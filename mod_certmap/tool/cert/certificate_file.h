// A certificate that is named on the command line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/certificate/certificate.h"
#include "tool/command.h"

namespace certmap {

struct CertificateFile {
  Certificate certificate;
  std::vector<std::shared_ptr<X509>> others;  ///< CAs, mostly, which a client sends along
};

/// The first certificate of a PEM file, a DER file, or the one of a PKCS#12 file that belongs to
/// its key. `path` "-" is standard input. --password-file of `arguments` holds the password of
/// PKCS#12; without it the terminal is asked. Throws ToolError.
CertificateFile read_certificate_and_others(const std::string& path, const Arguments& arguments);
/// The same of what `path` holds.
CertificateFile certificate_in(const std::string& content, const std::string& path,
                               const Arguments& arguments);
Certificate read_certificate_file(const std::string& path, const Arguments& arguments);

Option password_file_option();

}  // namespace certmap
