#include "httpd/config/config.h"

#include "httpd/base/pool.h"
#include "httpd/config/map_store.h"

namespace certmap {
namespace {

constexpr const char* kConfigurationKey = "certmap-configuration";

ServerLines merge(const ServerLines& parent, const ServerLines& child) {
  return {.rules = child.rules,
          .audit_target = child.audit_target ? child.audit_target : parent.audit_target,
          .audit_failure = child.audit_failure ? child.audit_failure : parent.audit_failure,
          .ldap = child.ldap.over(parent.ldap)};
}

}  // namespace

std::string Place::text() const { return file + ":" + std::to_string(line); }

Place place_of(const ap_directive_t* directive) {
  return {directive->filename ? directive->filename : "", directive->line_num};
}

Configuration& configuration_of(apr_pool_t* pconf) {
  void* found = nullptr;
  apr_pool_userdata_get(&found, kConfigurationKey, pconf);
  if (found) return *static_cast<Configuration*>(found);
  auto* made = make_in_pool<Configuration>(
      pconf, SharedLines{.resources = RuleResources(open_map_file, open_crls)});
  apr_pool_userdata_setn(made, kConfigurationKey, nullptr, pconf);
  return *made;
}

SharedLines& lines_of(apr_pool_t* pconf) { return configuration_of(pconf).lines; }

ServerLines& lines_of(const server_rec* s) { return writable_config(s).lines; }

ServerConfig& writable_config(const server_rec* s) {
  return *static_cast<ServerConfig*>(ap_get_module_config(s->module_config, &certmap_module));
}

void* create_server_config(apr_pool_t* pool, server_rec*) {
  auto* config = make_in_pool<ServerConfig>(pool);
  config->configuration = &configuration_of(pool);
  return config;
}

void* merge_server_config(apr_pool_t* pool, void* parent_config, void* child_config) {
  const auto& parent = *static_cast<const ServerConfig*>(parent_config);
  const auto& child = *static_cast<const ServerConfig*>(child_config);
  auto* merged = make_in_pool<ServerConfig>(pool);
  merged->configuration = child.configuration;
  merged->lines = merge(parent.lines, child.lines);
  return merged;
}

void* create_dir_config(apr_pool_t* pool, char*) { return make_in_pool<DirConfig>(pool); }

void* merge_dir_config(apr_pool_t* pool, void* parent_config, void* child_config) {
  const auto& parent = *static_cast<const DirConfig*>(parent_config);
  const auto& child = *static_cast<const DirConfig*>(child_config);
  if (parent == DirConfig()) return child_config;
  const DirConfig merged{
      .use = child.use ? child.use : parent.use,
      .trial = child.trial ? child.trial : parent.trial,
      .control = child.control ? child.control : parent.control,
      .error_documents = merge(pool, parent.error_documents, child.error_documents),
      .auth_type = child.auth_type != AuthType::NotSet ? child.auth_type : parent.auth_type,
      .is_what_expression_says = parent.is_what_expression_says || child.is_what_expression_says};
  return make_in_pool<DirConfig>(pool, merged);
}

const Mapper* mapper_of(const Use* use, const server_rec* s) {
  const auto& mappers = server_config(s).mappers;
  const auto found = mappers.find(use);
  return found == mappers.end() ? nullptr : found->second.get();
}

std::vector<server_rec*> servers_of(server_rec* main_server) {
  std::vector<server_rec*> servers;
  for (auto* s = main_server; s; s = s->next) servers.push_back(s);
  return servers;
}

std::vector<std::pair<server_rec*, NamedRule*>> rules_of(server_rec* main_server) {
  std::vector<std::pair<server_rec*, NamedRule*>> rules;
  std::set<const Rule*> seen;
  for (auto* s : servers_of(main_server))
    for (auto& [name, named] : lines_of(s).rules)
      if (seen.insert(named.rule.get()).second) rules.emplace_back(s, &named);
  return rules;
}

const NamedRule* find_rule(const server_rec* s, const server_rec* main_server,
                           const std::string& name) {
  for (const auto* server : {s, main_server}) {
    const auto& rules = server_config(server).lines.rules;
    const auto found = rules.find(name);
    if (found != rules.end()) return &found->second;
  }
  return nullptr;
}

std::string no_such_rule(const server_rec* s, const server_rec* main_server,
                         const std::string& name) {
  std::string names;
  for (const auto& [defined, rule] : server_config(s).lines.rules) names += " " + defined;
  if (s != main_server)
    for (const auto& [defined, rule] : server_config(main_server).lines.rules)
      names += " " + defined;
  return "there is no <CertMapRule " + name + "> in this virtual host or the main server; " +
         (names.empty() ? "none are defined" : "defined here:" + names);
}

}  // namespace certmap
