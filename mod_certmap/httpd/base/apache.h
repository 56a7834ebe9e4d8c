// httpd's headers as C++ can read them, and the module's identity for logging.
#pragma once

#include <ap_config.h>
#ifndef AP_HAVE_DESIGNATED_INITIALIZER
#define AP_HAVE_DESIGNATED_INITIALIZER \
  1  // httpd's typed directive table; C++20 can, httpd looks for C99
#endif
#include <httpd.h>
//
#include <apr_optional.h>
#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>

extern "C" {
extern __attribute__((visibility("default"))) module AP_MODULE_DECLARE_DATA certmap_module;
}
APLOG_USE_MODULE(certmap);
