// AuthType, ErrorDocument and others: httpd calls every module that has a directive of this name.
// What the lines say is done by the modules whose directives they are; here it is noted which of
// them hold.
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

/// False: CertMap has a say there only by a CertMapUse. Every request asks that first, and most of
/// them nothing else.
inline bool may_be_client_cert(AuthType type) { return type >= AuthType::ClientCert; }

/// What a request's AuthType is; null stands for none.
AuthType auth_type_of(const char* type);

const char* note_auth_type(cmd_parms* cmd, void* config, const char* type);

/// One ErrorDocument line; those that it goes before follow. It lives in the pool of its section,
/// or of the request whose .htaccess file has it.
struct ErrorDocument {
  int status;
  /// Null: no path of this server, one with an expression in it, or one of a .htaccess file, whose
  /// author would open what is not his.
  const char* address;
  const ErrorDocument* next;
};

const char* note_error_document(cmd_parms* cmd, void* config, const char* status, const char* what);

/// Alias, ScriptAlias and SetHandler: whether an expression says what a place is. The directive's
/// data is the name of the module whose line it is.
const char* note_expression(cmd_parms* cmd, void* config, const char* arguments);

/// The lines of both, of which the inner ones go first. Null stands for no line.
const ErrorDocument* merge(apr_pool_t* pool, const ErrorDocument* outer,
                           const ErrorDocument* inner);

/// Whether httpd made this request because of such a line that has an address, and serves it
/// itself: nothing that a client sends has a part in what it is.
bool is_literal_error_document(const request_rec* r);

}  // namespace certmap
