// What the hooks of startup.h do, each its steps, in their order.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// In pre_config: names the cache's mutex for the directive Mutex.
void register_cache_mutex(apr_pool_t* pconf);

/// In check_config: true for "httpd -k graceful", restart or stop, which reads the configuration
/// too before it sends a signal: while a server runs under this PidFile httpd starts no other.
bool only_sends_signal(apr_pool_t* pool);
/// In check_config: reads map files and CRLs, and reports what is wrong with them. Returns false
/// where httpd must not start; over a restart the last good state stays in force.
bool read_live_files(Configuration& configuration, server_rec* main_server);
/// In check_config: gives rules with CertMapLDAPURL their source. Reports what is wrong, and
/// returns false then.
bool complete_ldap_rules(Configuration& configuration, server_rec* main_server);
/// In check_config of who only tests or sends a signal: reports which live files cannot be watched
/// and why, and what has run out; starts nothing.
void check_watch(const Configuration& configuration, const server_rec* s);

/// In post_config: makes mutex and cache of CertMapCache. Returns false where httpd must not start.
bool start_cache(Configuration& configuration, apr_pool_t* pconf, server_rec* s);
/// In post_config: starts live reload of map files and CRLs (every child looks, one reads); reports
/// for which files, and why, it cannot.
void watch_live_files(Configuration& configuration, apr_pool_t* pconf, server_rec* s);
/// In post_config: tells audit log and error log of directories that stop and begin to answer; lets
/// mod_watchdog close idle connections in each child and look after directories that are down, and
/// look at each directory once, in one child.
void watch_directories(Configuration& configuration, apr_pool_t* pconf, server_rec* main_server);
/// In post_config: tells of what was read anew over a restart and, once for all processes, of what
/// has run out.
void report_since_last_start(const Configuration& configuration, server_rec* s);

/// In child_init: joins the cache's mutex, and lets nothing wait for the cache when the child ends.
void join_cache(Configuration& configuration, apr_pool_t* pchild, server_rec* s);

}  // namespace certmap
