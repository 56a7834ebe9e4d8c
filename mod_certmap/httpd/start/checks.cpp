#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "httpd/base/guarded.h"
#include "httpd/base/messages.h"
#include "httpd/config/config.h"
#include "httpd/count/counters.h"
#include "httpd/doubts/doubts.h"
#include "httpd/keep/keep.h"
#include "httpd/start/startup.h"
#include "httpd/start/steps.h"
#include "httpd/tree/lines.h"

namespace certmap {
namespace {

/// A name in the main server's sections may be that of a rule in any virtual host that inherits
/// them.
bool is_defined(const std::string& name, server_rec* s, server_rec* main_server) {
  const auto knows = [&](server_rec* each) {
    return find_rule(each, main_server, name) != nullptr;
  };
  return knows(s) || (s == main_server && std::ranges::any_of(servers_of(main_server), knows));
}

bool check_names(const Use& line, server_rec* s, server_rec* main_server) {
  bool good = true;
  for (const auto& name : line.names)
    if (!is_defined(name, s, main_server)) {
      report(main_server, message::kNoSuchRule,
             line.place.text() + ": " + line.directive + ": " + no_such_rule(s, main_server, name));
      good = false;
    }
  return good;
}

bool check_all_names(const Configuration& configuration, server_rec* main_server) {
  bool good = true;
  for (const auto& [s, use] : configuration.lines.uses) good &= check_names(*use, s, main_server);
  for (const auto& [s, line] : configuration.lines.required_rules)
    good &= check_names(line, s, main_server);
  return good;
}

void make_mapper(const server_rec* s, server_rec* main_server, const Use* use) {
  std::vector<std::shared_ptr<const Rule>> rules;
  for (const auto& name : use->names) {
    const auto* named = find_rule(s, main_server, name);
    if (!named) return;
    rules.push_back(named->rule);
  }
  writable_config(s).mappers[use] = std::make_unique<Mapper>(std::move(rules));
}

/// Sections of the main server hold in every virtual host.
void make_mappers(const Configuration& configuration, server_rec* main_server) {
  for (const auto& [defined_in, use] : configuration.lines.uses) {
    if (defined_in != main_server)
      make_mapper(defined_in, main_server, use);
    else
      for (const auto* s : servers_of(main_server)) make_mapper(s, main_server, use);
  }
}

/// What mod_perl's <Perl> sections set stands in no line.
bool may_have_optional_no_ca(apr_pool_t* pool) {
  if (ap_find_linked_module("mod_perl.c")) return true;
  const ConfigLines lines(pool);
  return std::ranges::any_of(lines.all(), [](const ConfigLine& line) {
    return is_named(line.directive, "SSLVerifyClient") &&
           first_word(line.directive) == "optional_no_ca";
  });
}

/// What else would be said when httpd starts: who sends a signal must know, since an audit log that
/// cannot be opened ends a restart. A user who only tests may lack rights that root has.
bool check_start(const Configuration& configuration, server_rec* main_server) {
  AuditLogs logs;
  for (const auto* s : servers_of(main_server))
    if (const auto& target = server_config(s).lines.audit_target) logs.find_or_add(*target);
  check_watch(configuration, main_server);
  return logs.check_all(main_server) ||
         (geteuid() != 0 && !only_sends_signal(main_server->process->pconf));
}

bool check(apr_pool_t* pconf, server_rec* main_server) {
  auto& configuration = configuration_of(pconf);
  configuration.checked.optional_no_ca = may_have_optional_no_ca(pconf);
  bool good = check_all_names(configuration, main_server);
  good &= check_fake_basic(configuration, main_server);
  good &= read_live_files(configuration, main_server);
  good &= check_keep(configuration, main_server);
  good &= check_cache(configuration.lines.cache, main_server);
  good &= complete_ldap_rules(configuration, main_server);
  good &= check_doubts(main_server);
  if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST || only_sends_signal(pconf))
    good &= check_start(configuration, main_server);
  if (good) doubt_rules(main_server);
  if (good) start_counters(configuration, main_server);
  if (good) make_mappers(configuration, main_server);
  if (good) doubt_cas(main_server);
  if (good) doubt_crls(main_server);
  return good;
}

}  // namespace

int check_config(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* s) {
  return guarded(s, HTTP_INTERNAL_SERVER_ERROR,
                 [&] { return check(pconf, s) ? OK : HTTP_INTERNAL_SERVER_ERROR; });
}

}  // namespace certmap
