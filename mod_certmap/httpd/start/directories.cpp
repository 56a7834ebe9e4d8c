#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "core/text/error.h"
#include "httpd/base/messages.h"
#include "httpd/base/pool.h"
#include "httpd/count/counters.h"
#include "httpd/request/report.h"
#include "httpd/start/steps.h"
#include "httpd/start/watchdog.h"
#include "ldap/lookup/source.h"

namespace certmap {
namespace {

constexpr apr_interval_time_t kIdleInterval = apr_time_from_sec(5);
constexpr apr_interval_time_t kCheckInterval = apr_time_from_msec(100);

void report_change(const Configuration& configuration, server_rec* s, const Directory& directory,
                   bool up, const std::string& why) {
  const auto name = directory.name();
  count_change(configuration, directory, up, why);
  if (up)
    report(s, message::kDirectoryUp, name + " answers again");
  else
    report(s, message::kDirectoryDown,
           "lookups in " + name + " fail, and are answered with 503: " + why);
  ServerEvent event{.action = up ? "backend_up" : "backend_down", .success = up, .backend = "ldap"};
  event.server = name;
  event.message = why;
  write_server_event(configuration, event, s);
}

/// Also rules that nobody uses have their directory on the status page.
void look_after(const Configuration& configuration) {
  for (const auto& directory : configuration.checked.directories) directory->close_idle();
  for (const auto& [place, source] : configuration.checked.directory_rules) source->look_again();
}

void check(const Configuration& configuration, server_rec* s) {
  for (const auto& [place, source] : configuration.checked.directory_rules)
    for (const auto& warning : source->check())
      report(s, message::kDirectoryDoubt, place.text() + ": " + warning);
}

/// Throws ConfigError where the lines do not go together.
void check(const DirectoryUrl& url, const LdapLines& own, const LdapLines& lines) {
  const bool encrypted = is_encrypted(url.security);
  if (encrypted && !lines.ca)
    throw ConfigError(
        "name the CA of the directory's certificate: CertMapLDAPCACert conf/ldap-ca.pem");
  if (own.client_certificate && !encrypted)
    throw ConfigError(
        "CertMapLDAPClientCert needs an encrypted connection; write ldaps:// or STARTTLS");
  const bool has_dn = !lines.bind_dn.value_or("").empty();
  if (has_dn && !lines.bind_password)
    throw ConfigError("CertMapLDAPBindDN needs a CertMapLDAPBindPassword");
  if (lines.bind_password && !has_dn)
    throw ConfigError("CertMapLDAPBindPassword needs a CertMapLDAPBindDN");
  if (lines.bind_password && url.security == Security::Plain && url.leaves_machine)
    throw ConfigError(
        own.bind_password
            ? "the bind password would cross the network in clear; write ldaps:// or STARTTLS"
            : "the bind password of the server's lines would cross the network in clear; write "
              "ldaps:// or STARTTLS, or CertMapLDAPBindDN none in the rule");
}

DirectorySettings directory_settings(const DirectoryUrl& url, const LdapLines& lines) {
  DirectorySettings settings{.servers = url.servers, .security = url.security};
  if (is_encrypted(url.security)) {
    settings.ca = lines.ca;
    settings.client_certificate = lines.client_certificate;
    settings.client_key = lines.client_key;
  }
  if (!settings.client_certificate) {
    settings.bind_dn = lines.bind_dn.value_or("");
    settings.bind_password = lines.bind_password.value_or("");
  }
  if (lines.timeout) settings.timeout = std::chrono::seconds(*lines.timeout);
  if (lines.connections) settings.connections = *lines.connections;
  return settings;
}

std::shared_ptr<Directory> directory_for(Configuration& configuration, DirectorySettings settings) {
  auto& all = configuration.checked.directories;
  const auto known = std::ranges::find_if(
      all, [&](const auto& directory) { return directory->settings() == settings; });
  if (known != all.end()) return *known;
  return all.emplace_back(std::make_shared<Directory>(std::move(settings)));
}

void complete(Configuration& configuration, NamedRule& named, const LdapLines& defaults) {
  auto& ldap = *named.ldap;
  const auto lines = ldap.lines.over(defaults);
  check(ldap.url, ldap.lines, lines);
  SearchSettings search{.base = ldap.url.base,
                        .scope = ldap.url.scope,
                        .attributes = ldap.url.attributes,
                        .filter = ldap.url.filter,
                        .groups = lines.groups.value_or("")};
  search.verify_certificate = lines.verify_certificate.value_or(ldap.filter->uses_exact_match());
  auto source = std::make_unique<DirectorySource>(
      directory_for(configuration, directory_settings(ldap.url, lines)),
      configuration.checked.lookups, std::move(search), *ldap.filter);
  configuration.checked.directory_rules.emplace_back(named.ldap_place, source.get());
  named.rule->source = std::move(source);
}

}  // namespace

void watch_directories(Configuration& configuration, apr_pool_t* pconf, server_rec* main_server) {
  if (configuration.checked.directories.empty()) return;
  for (const auto& directory : configuration.checked.directories)
    directory->set_observer(
        [&configuration, main_server](const Directory& changed, bool up, const std::string& why) {
          report_change(configuration, main_server, changed, up, why);
        });
  start_task({"_certmap_idle_", kIdleInterval, false, main_server,
              [&configuration] { look_after(configuration); }},
             configuration, pconf);
  // It is shared: the first child that takes it down looks.
  auto* unchecked = make_in_pool<Health>(pconf);
  start_task({"_certmap_ldap_", kCheckInterval, true, main_server,
              [&configuration, main_server, unchecked] {
                if (unchecked->set(false)) check(configuration, main_server);
              }},
             configuration, pconf);
}

bool complete_ldap_rules(Configuration& configuration, server_rec* main_server) {
  bool good = true;
  for (const auto& [s, named] : rules_of(main_server)) {
    if (!named->ldap) continue;
    const auto& defaults = lines_of(s).ldap;
    try {
      complete(configuration, *named, defaults);
    } catch (const ConfigError& error) {
      report(main_server, message::kBadLdapRule,
             named->ldap_place.text() + ": rule " + named->rule->name + ": " + error.what());
      good = false;
    }
  }
  return good;
}

}  // namespace certmap
