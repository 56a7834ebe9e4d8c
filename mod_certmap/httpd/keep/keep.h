// Keeps the certificates of requests for certmapctl replay: CertMapKeepCertificates.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// Reports what is wrong with the folder, and says what to do. False: httpd must not start so.
bool check_keep(const Configuration& configuration, server_rec* main_server);

/// Begins to keep, before children are started.
void start_keep(Configuration& configuration, const server_rec* main_server);

/// Hook (log_transaction): keeps the certificate of a client's request when it is over.
int keep_certificate(request_rec* r);

}  // namespace certmap
