// Which ErrorDocument lines hold, and whether a request is for one of them. The lines live in the
// pool of their section, or of the request whose .htaccess file has them.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// One ErrorDocument line; those that it goes before follow.
struct ErrorDocument {
  int status;
  const char* address;  ///< null: no path of this server, or one with an expression in it
  const ErrorDocument* next;
};

/// httpd calls every module that has a directive of this name; core does what it says.
const char* note_error_document(cmd_parms* cmd, void* config, const char* status, const char* what);

/// The lines of both, of which the inner ones go first. Null stands for no line.
const ErrorDocument* merge(apr_pool_t* pool, const ErrorDocument* outer,
                           const ErrorDocument* inner);

/// Whether httpd made this request because of such a line whose text is literal: nothing that a
/// client sends has a part in the address.
bool is_literal_error_document(const request_rec* r);

}  // namespace certmap
