// What the directives leave behind, and what is made of it, by how long it lives and who may write
// it. A configuration lives in httpd's pool for it; the next restart reads a new one, and only what
// httpd/base/retained.h names outlives that. Children inherit it and write to nothing here but
// their counters' shard and what of InForce is theirs; where an object in it changes while requests
// are served (Lookups, Directory, LiveFile, AuditLog), that object says how it is shared.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/count/counters.h"
#include "core/keep/folder.h"
#include "core/live/live_file.h"
#include "core/rule/mapper.h"
#include "core/rule/rule.h"
#include "httpd/audit/sink.h"
#include "httpd/base/apache.h"
#include "httpd/config/cache_directives.h"
#include "httpd/config/ldap_lines.h"
#include "httpd/config/noted_lines.h"
#include "ldap/lookup/lookups.h"

namespace certmap {

class Directory;
class DirectorySource;

/// Where something stands in the configuration.
struct Place {
  std::string file;
  int line = 0;
  std::string text() const;
};
Place place_of(const ap_directive_t* directive);

/// One line that names rules: CertMapUse, CertMapTrial, Require certmap-rule.
struct Use {
  std::vector<std::string> names;  ///< empty: `none`
  Place place;
  std::string directive;
};

enum class Control { Sufficient, Required };
/// One CertMapControl line.
struct ControlLine {
  Control control;
  Place place;
};
enum class AuditFailure { Allow, Deny };

/// What one section or .htaccess file says; trivially copied, because httpd merges it for each
/// request.
struct DirConfig {
  const Use* use = nullptr;    ///< null: not set here
  const Use* trial = nullptr;  ///< likewise
  const ControlLine* control = nullptr;
  const ErrorDocument* error_documents = nullptr;
  AuthType auth_type = AuthType::NotSet;
  bool is_what_expression_says = false;  ///< by a line of note_expression()

  bool operator==(const DirConfig&) const = default;
};

/// One <CertMapRule>, with where it stands.
struct NamedRule {
  std::shared_ptr<Rule> rule;
  Place place;
  std::shared_ptr<LdapRule>
      ldap;          ///< set where the rule has CertMapLDAPURL; it has no source yet then
  Place ldap_place;  ///< of that line
};

/// What the lines of one server leave behind. Directives write it, and httpd's merging of the main
/// server's into a virtual host's.
struct ServerLines {
  std::map<std::string, NamedRule> rules;  ///< not merged
  std::optional<std::string> audit_target;
  std::optional<AuditFailure> audit_failure;
  LdapLines ldap;  ///< defaults of rules
};

/// A line that names a file which is read live.
struct LivePlace {
  const char* directive;
  Place place;
};

/// The CertMapKeepCertificates line.
struct KeepLine {
  std::string folder;
  Place place;
};

/// What the lines of all servers leave behind. Directives write it.
struct SharedLines {
  RuleResources resources;
  std::vector<std::pair<server_rec*, const Use*>> uses;     ///< CertMapUse and CertMapTrial
  bool has_trial = false;                                   ///< some CertMapTrial names rules
  std::vector<std::pair<server_rec*, Use>> required_rules;  ///< Require certmap-rule
  std::vector<const ap_directive_t*> required;              ///< CertMapControl required
  /// The first line that names the file.
  std::map<const LiveFile*, LivePlace> live_places;
  ConfigFiles config_files;
  CacheLines cache;
  std::optional<KeepLine> keep;
};

/// What is put together when all lines were read. check_config() writes it, also for `httpd -t`.
struct Checked {
  Lookups lookups;
  std::vector<std::shared_ptr<Directory>> directories;
  std::vector<std::pair<Place, const DirectorySource*>> directory_rules;
  /// Files that were read over a restart, with their errors: reported to the audit logs once those
  /// are open.
  std::vector<std::pair<std::shared_ptr<LiveFile>, FileLoad>> reloads;
  Counters counters;  ///< each child_init() sets the shard
  std::map<const Directory*, std::uint32_t> directory_slots;
  bool optional_no_ca = false;  ///< some SSLVerifyClient lets unverified certificates pass
  /// Modules that are not httpd's own may have their say about users (httpd/request/others.h).
  bool others_ask = true;
};

class TrialThread;

/// What is made when the configuration is put in force. open_logs() and post_config() write it,
/// child_init() the cache's mutex and the trials; `at_work` is each child's own.
struct InForce {
  AuditLogs audit_logs;
  RunningCache cache;
  std::unique_ptr<KeptCertificates> kept;  ///< null: certificates are not kept
  std::string host_name;
  std::set<const LiveFile*> watched;  ///< by live reload
  /// mod_watchdog's threads end when a child is told to stop: for those of its requests that come
  /// later the files are looked at by this. Empty where nothing is watched.
  std::function<void()> look_at_files;
  std::shared_ptr<TrialThread> trials;  ///< asks directories for CertMapTrial
  /// Tasks at work share it (httpd/start/watchdog.h). Who ends a child takes it, and keeps it.
  std::shared_timed_mutex at_work;
  bool same_openssl = false;  ///< mod_ssl's libssl is ours: its SSL objects can be used
};

/// One reading of the configuration, of all servers.
struct Configuration {
  SharedLines lines;
  Checked checked;
  InForce in_force;
};

/// The configuration of one virtual host, or the main server.
struct ServerConfig {
  const Configuration* configuration = nullptr;
  ServerLines lines;
  /// For each CertMapUse and CertMapTrial that can be in force here; absent where a name is not
  /// defined here. check_config() writes it.
  std::unordered_map<const Use*, std::unique_ptr<Mapper>> mappers;
  AuditLog* audit = nullptr;  ///< null: none. open_logs() writes it.
};

/// The configuration in this pool, for hooks that may write to it; made on first use.
Configuration& configuration_of(apr_pool_t* pconf);
/// What the lines leave behind, for directives.
SharedLines& lines_of(apr_pool_t* pconf);
ServerLines& lines_of(const server_rec* s);

/// For what runs before children are started.
ServerConfig& writable_config(const server_rec* s);
inline const ServerConfig& server_config(const server_rec* s) {
  return *static_cast<ServerConfig*>(ap_get_module_config(s->module_config, &certmap_module));
}
/// What this process counts in.
inline Shard& shard_of(const server_rec* s) {
  return *server_config(s).configuration->checked.counters.shard;
}
inline const DirConfig& dir_config(const request_rec* r) {
  return *static_cast<DirConfig*>(ap_get_module_config(r->per_dir_config, &certmap_module));
}

void* create_server_config(apr_pool_t* pool, server_rec* s);
void* merge_server_config(apr_pool_t* pool, void* parent, void* child);
void* create_dir_config(apr_pool_t* pool, char* directory);
void* merge_dir_config(apr_pool_t* pool, void* parent, void* child);

/// The rules of a line in a virtual host; null where one of them is not defined there.
const Mapper* mapper_of(const Use* use, const server_rec* s);

/// The main server and all virtual hosts, in httpd's order.
std::vector<server_rec*> servers_of(server_rec* main_server);
/// Every rule once, with the first server that has it: virtual hosts without a CertMap line have
/// the main server's configuration itself.
std::vector<std::pair<server_rec*, NamedRule*>> rules_of(server_rec* main_server);
/// The rule of that name in the virtual host, then in the main server; null: there is none.
const NamedRule* find_rule(const server_rec* s, const server_rec* main_server,
                           const std::string& name);
/// Says that find_rule() has none, and which names it has.
std::string no_such_rule(const server_rec* s, const server_rec* main_server,
                         const std::string& name);

}  // namespace certmap
