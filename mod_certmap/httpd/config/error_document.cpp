#include "httpd/config/error_document.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "httpd/base/c_text.h"
#include "httpd/config/config.h"

namespace certmap {
namespace {

/// Backslashes and $1, too, mean something in ErrorDocument; such an address then is not the one
/// that httpd asks for, and is taken for no literal one.
bool is_literal(const char* what) { return *what == '/' && !std::strstr(what, "%{"); }

const ErrorDocument* make(apr_pool_t* pool, int status, const char* address,
                          const ErrorDocument* next) {
  return new (apr_palloc(pool, sizeof(ErrorDocument))) ErrorDocument{status, address, next};
}

/// A .htaccess file may have the same line many times.
const ErrorDocument* without(apr_pool_t* pool, const ErrorDocument* document, int status) {
  if (!document || document->status == status) return document ? document->next : nullptr;
  return make(pool, document->status, document->address, without(pool, document->next, status));
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

const char* note_error_document(cmd_parms* cmd, void* config, const char* status,
                                const char* what) {
  auto& first = static_cast<DirConfig*>(config)->error_documents;
  first =
      make(cmd->pool, std::atoi(status), is_literal(what) ? apr_pstrdup(cmd->pool, what) : nullptr,
           without(cmd->pool, first, std::atoi(status)));
  return nullptr;
}

const ErrorDocument* merge(apr_pool_t* pool, const ErrorDocument* outer,
                           const ErrorDocument* inner) {
  if (!inner) return outer;
  return outer ? make(pool, inner->status, inner->address, merge(pool, outer, inner->next)) : inner;
}

bool is_literal_error_document(const request_rec* r) {
  if (!r->prev || !r->unparsed_uri || is_resolved_elsewhere(r)) return false;
  const auto* document = dir_config(r->prev).error_documents;
  while (document && document->status != r->prev->status) document = document->next;
  return document && document->address && std::strcmp(document->address, r->unparsed_uri) == 0;
}

}  // namespace certmap
