// What all sources below httpd/ read on their way (mod_certmap/precompiled.h): httpd's headers, and
// the configuration with the rules in it.
#include "httpd/base/apache.h"
#include "httpd/config/config.h"
#include "httpd/request/request_state.h"
