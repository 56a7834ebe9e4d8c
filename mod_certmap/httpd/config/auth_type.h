// Which AuthType holds: every request asks that first, and most of them nothing else.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

enum class AuthType {
  NotSet,
  None,
  Other,
  ClientCert,  ///< CertMap's own
  Expression,  ///< ap_auth_type() knows for a request
};

/// False: CertMap has a say there only by a CertMapUse.
inline bool may_be_client_cert(AuthType type) { return type >= AuthType::ClientCert; }

/// What a request's AuthType is; null stands for none.
AuthType auth_type_of(const char* type);

/// httpd calls every module that has a directive of this name; mod_authn_core does what it says.
const char* note_auth_type(cmd_parms* cmd, void* config, const char* type);

}  // namespace certmap
