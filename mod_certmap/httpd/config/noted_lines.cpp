#include "httpd/config/noted_lines.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "httpd/base/pool.h"
#include "httpd/config/arguments.h"
#include "httpd/config/config.h"

namespace certmap {
namespace {

/// Backslashes and $1, too, mean something in ErrorDocument; such an address then is not the one
/// that httpd asks for, and is taken for no literal one.
bool is_literal(const char* what) { return *what == '/' && !std::strstr(what, "%{"); }

/// A .htaccess file may have the same line many times.
const ErrorDocument* without(apr_pool_t* pool, const ErrorDocument* document, int status) {
  if (!document || document->status == status) return document ? document->next : nullptr;
  return make_in_pool<ErrorDocument>(pool, document->status, document->address,
                                     without(pool, document->next, status));
}

/// httpd takes the line of a module that is not loaded for ours.
const char* needs(const cmd_parms* cmd, const char* source) {
  const auto module = apr_pstrndup(cmd->pool, source, std::strlen(source) - 2);
  return apr_pstrcat(cmd->pool, cmd->cmd->name, " needs ", module, ": load it with LoadModule",
                     nullptr);
}

/// A server's rewrite rules may take any part of the request into another path, also into a file
/// name alone; mod_rewrite leaves a note then.
bool is_resolved_elsewhere(const request_rec* r) {
  const char* rewritten = apr_table_get(r->notes, "mod_rewrite_rewritten");
  if (rewritten && std::strcmp(rewritten, "0") != 0) return true;
  std::string path(or_empty(r->parsed_uri.path));
  ap_unescape_url(path.data());
  return path.c_str() != or_empty(r->uri) || or_empty(r->parsed_uri.query) != or_empty(r->args);
}

}  // namespace

AuthType auth_type_of(const char* type) {
  if (!type || ap_cstr_casecmp(type, "None") == 0) return AuthType::None;
  return ap_cstr_casecmp(type, "ClientCert") == 0 ? AuthType::ClientCert : AuthType::Other;
}

const char* note_auth_type(cmd_parms* cmd, void* config, const char* type) {
  if (!ap_find_linked_module("mod_authn_core.c")) return needs(cmd, "mod_authn_core.c");
  static_cast<DirConfig*>(config)->auth_type =
      std::strpbrk(type, "%$\\") ? AuthType::Expression : auth_type_of(type);
  return nullptr;
}

const char* note_error_document(cmd_parms* cmd, void* config, const char* status,
                                const char* what) {
  auto& first = static_cast<DirConfig*>(config)->error_documents;
  const bool counts = is_literal(what) && !is_htaccess(cmd);
  first = make_in_pool<ErrorDocument>(cmd->pool, std::atoi(status),
                                      counts ? apr_pstrdup(cmd->pool, what) : nullptr,
                                      without(cmd->pool, first, std::atoi(status)));
  return nullptr;
}

const char* note_expression(cmd_parms* cmd, void* config, const char* arguments) {
  if (const auto* owner = static_cast<const char*>(cmd->info); !ap_find_linked_module(owner))
    return needs(cmd, owner);
  if (std::strstr(arguments, "%{")) static_cast<DirConfig*>(config)->is_what_expression_says = true;
  return nullptr;
}

const ErrorDocument* merge(apr_pool_t* pool, const ErrorDocument* outer,
                           const ErrorDocument* inner) {
  if (!inner) return outer;
  if (!outer) return inner;
  return make_in_pool<ErrorDocument>(pool, inner->status, inner->address,
                                     merge(pool, outer, inner->next));
}

bool is_literal_error_document(const request_rec* r) {
  if (!r->prev || !r->unparsed_uri || r->proxyreq || dir_config(r).is_what_expression_says ||
      is_resolved_elsewhere(r))
    return false;
  const auto* document = dir_config(r->prev).error_documents;
  while (document && document->status != r->prev->status) document = document->next;
  return document && document->address && std::strcmp(document->address, r->unparsed_uri) == 0;
}

}  // namespace certmap
