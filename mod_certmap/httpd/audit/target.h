// What the argument of CertMapAuditLog names.
#pragma once

#include <string>
#include <string_view>

namespace certmap {

struct AuditTarget {
  enum class Kind { None, File, Pipe, Syslog };

  Kind kind = Kind::None;
  std::string key;      ///< equal for equal targets
  std::string label;    ///< for messages: without a program's arguments, which may be secret
  std::string path;     ///< of a file, as written
  std::string program;  ///< as ap_open_piped_log() takes it
  int facility = 0;     ///< as in <syslog.h>
  std::string tag;
};

/// Reads PATH | "|program args" | syslog[:facility[:tag]] | none. Throws ConfigError.
AuditTarget parse_audit_target(std::string_view text);

}  // namespace certmap
