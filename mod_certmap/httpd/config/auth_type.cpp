#include "httpd/config/auth_type.h"

#include <cstring>

#include "httpd/config/config.h"

namespace certmap {

AuthType auth_type_of(const char* type) {
  if (!type || ap_cstr_casecmp(type, "None") == 0) return AuthType::None;
  return ap_cstr_casecmp(type, "ClientCert") == 0 ? AuthType::ClientCert : AuthType::Other;
}

const char* note_auth_type(cmd_parms* cmd, void* config, const char* type) {
  if (!ap_find_linked_module("mod_authn_core.c"))
    return apr_pstrcat(cmd->pool, cmd->cmd->name, " needs mod_authn_core: load it with LoadModule",
                       nullptr);
  static_cast<DirConfig*>(config)->auth_type =
      std::strpbrk(type, "%$\\") ? AuthType::Expression : auth_type_of(type);
  return nullptr;
}

}  // namespace certmap
