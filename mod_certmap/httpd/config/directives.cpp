#include "httpd/config/directives.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/text/encodings.h"
#include "core/text/error.h"
#include "httpd/audit/target.h"
#include "httpd/base/guarded.h"
#include "httpd/base/pool.h"
#include "httpd/config/arguments.h"
#include "httpd/config/cache_directives.h"
#include "httpd/config/config.h"
#include "httpd/config/ldap_lines.h"
#include "httpd/config/noted_lines.h"

namespace certmap {

namespace {

constexpr const char* kTrial = "CertMapTrial";

void check_methods(const cmd_parms* cmd) {
  if (cmd->limited == -1) return;
  fail(cmd,
       "in <Limit> or <LimitExcept> it would hold for all methods; write it outside of it, with "
       "nothing but Require inside");
}

/// Outside of sections httpd would only say that it is not allowed there.
void check_section(const cmd_parms* cmd) {
  if (cmd->override & ACCESS_CONF) return check_methods(cmd);
  if (!(cmd->override & RSRC_CONF))  // httpd names the file of a .htaccess, and not the line
    throw ConfigError(place_of(cmd->directive).text() + ": " + cmd->cmd->name +
                      ": not allowed in .htaccess; write it in <Directory>");
  const bool is_alone = std::string_view(cmd->cmd->name) == kTrial;
  fail(cmd, std::string("not allowed outside of a section; for a whole virtual host write it in "
                        "<Location \"/\">") +
                (is_alone ? "" : ", with AuthType and Require"));
}

void check_use(const cmd_parms* cmd, const std::vector<std::string>& names) {
  if (names.empty()) fail(cmd, "name the rules to try, in order, or write none");
  std::unordered_set<std::string_view> known;
  for (const auto& name : names) {
    if (to_lower(name) == "none" && names.size() > 1)
      fail(cmd, "none stands alone; it takes no other names");
    if (name.find(',') != name.npos)
      fail(cmd, "\"" + name + "\" has a comma; write blanks between the names");
    if (!known.insert(name).second) fail(cmd, "rule \"" + name + "\" is named twice");
  }
}

const char* set_rules(cmd_parms* cmd, const Use*& line, const char* args) {
  return guarded_directive(cmd, [&] {
    check_section(cmd);
    auto names = words_of(cmd->pool, args);
    check_use(cmd, names);
    if (line)
      fail(cmd, "stands twice in this section, first on line " + std::to_string(line->place.line) +
                    "; name all rules in one line");
    if (to_lower(names[0]) == "none") names.clear();
    const auto* use =
        make_in_pool<Use>(cmd->pool, std::move(names), place_of(cmd->directive), cmd->cmd->name);
    line = use;
    if (use->names.empty()) return;
    auto& lines = lines_of(cmd->pool);
    lines.uses.emplace_back(cmd->server, use);
    lines.has_trial |= use->directive == kTrial;
  });
}

const char* set_use(cmd_parms* cmd, void* config, const char* args) {
  return set_rules(cmd, static_cast<DirConfig*>(config)->use, args);
}

const char* set_trial(cmd_parms* cmd, void* config, const char* args) {
  return set_rules(cmd, static_cast<DirConfig*>(config)->trial, args);
}

const char* set_control(cmd_parms* cmd, void* config, const char* word) {
  return guarded_directive(cmd, [&] {
    check_section(cmd);
    auto& dir = *static_cast<DirConfig*>(config);
    const auto control =
        read_as(cmd->cmd->name, [&] { return is_first(word, "sufficient", "required"); })
            ? Control::Sufficient
            : Control::Required;
    if (dir.control) fail(cmd, "stands twice in this section; leave one of the lines out");
    dir.control = make_in_pool<ControlLine>(cmd->pool, control, place_of(cmd->directive));
    if (control == Control::Required) lines_of(cmd->pool).required.push_back(cmd->directive);
  });
}

const char* set_audit_log(cmd_parms* cmd, void*, const char* args) {
  return guarded_directive(cmd, [&] {
    const auto words = words_of(cmd->pool, args);
    if (words.size() != 1)
      fail(cmd,
           "write one PATH, \"|program arguments\", syslog[:facility[:tag]] or none; put it in "
           "quotes where it has blanks");
    auto& lines = lines_of(cmd->server);
    if (lines.audit_target) fail(cmd, "stands twice in this server; leave one of the lines out");
    parse_audit_target(words[0]);
    lines.audit_target = words[0];
  });
}

const char* set_audit_failure(cmd_parms* cmd, void*, const char* word) {
  return guarded_directive(cmd, [&] {
    auto& lines = lines_of(cmd->server);
    const bool allow = read_as(cmd->cmd->name, [&] { return is_first(word, "allow", "deny"); });
    if (lines.audit_failure) fail(cmd, "stands twice in this server; leave one of the lines out");
    lines.audit_failure = allow ? AuditFailure::Allow : AuditFailure::Deny;
  });
}

const char* set_keep(cmd_parms* cmd, void*, const char* folder) {
  return guarded_directive(cmd, [&] {
    auto& line = lines_of(cmd->pool).keep;
    check_only_line(cmd, "folder", line ? line->place.text() : "");
    line = KeepLine{read_as(cmd->cmd->name, [&] { return absolute(cmd, folder); }),
                    place_of(cmd->directive)};
  });
}

constexpr command_rec of_rule(const char* name, const char* help) {
  return AP_INIT_RAW_ARGS(name, refuse_outside_rule, nullptr, RSRC_CONF | ACCESS_CONF, help);
}

constexpr command_rec ldap_default(const char* name, const char* help) {
  return AP_INIT_RAW_ARGS(name, set_ldap_default, nullptr, RSRC_CONF, help);
}

constexpr command_rec noted(const char* name, const char* module, int where) {
  return AP_INIT_RAW_ARGS(name, note_expression, const_cast<char*>(module), where,
                          "another module's directive; CertMap looks whether it is literal");
}

}  // namespace

// Some are let in where they are refused, so that the message can say where they belong.
// EXEC_ON_READ is not used: httpd then keeps the lines of the section as a tree for us.
const command_rec kDirectives[] = {
    AP_INIT_RAW_ARGS("<CertMapRule", read_rule_section, nullptr, RSRC_CONF | ACCESS_CONF,
                     "a named rule: <CertMapRule NAME> ... </CertMapRule>"),
    of_rule("CertMapIssuedBy",
            "PEM files of the CAs one of which must have signed the certificate"),
    of_rule("CertMapMatch", "[any|all] ATTRIBUTE ==|=~|!=|!~ VALUE ..."),
    of_rule("CertMapCRL", "files or folders with CRLs of the CAs of CertMapIssuedBy"),
    of_rule("CertMapCRLStale",
            "refuse, allow, or hours after its nextUpdate in which a CRL is in force"),
    of_rule("CertMapUser", "a template whose text is the account"),
    of_rule("CertMapFile", "a map file, and the attributes to look up in it"),
    of_rule("CertMapLDAPURL",
            "a directory: URL with a template as its filter, and NONE, SSL or STARTTLS"),
    of_rule("CertMapDeny", "refuses the certificate, with a reason for the logs"),
    ldap_default("CertMapLDAPBindDN", "the DN with which to bind to the directory, or none"),
    ldap_default("CertMapLDAPBindPassword", "exec:PROGRAM, file:PATH or the password"),
    ldap_default("CertMapLDAPCACert",
                 "PEM file of the CAs one of which must have signed the directory's certificate"),
    ldap_default("CertMapLDAPClientCert", "PEM files of certificate and key for SASL EXTERNAL"),
    ldap_default("CertMapLDAPTimeout", "seconds that a whole lookup may take"),
    ldap_default("CertMapLDAPVerifyCert", "On: the entry must hold the client's very certificate"),
    ldap_default("CertMapLDAPGroups", "the attribute of the entry whose values are groups"),
    ldap_default("CertMapLDAPConnections", "connections to the directory that a process may hold"),
    AP_INIT_TAKE123("CertMapCache", set_cache, nullptr, RSRC_CONF,
                    "PROVIDER[:ARGS] [TTL [NEGATIVE-TTL]]: a cache of lookups that is shared"),
    AP_INIT_TAKE1("CertMapCacheSecret", set_cache_secret, nullptr, RSRC_CONF,
                  "file:PATH of the secret with which shared lookups are sealed"),
    AP_INIT_RAW_ARGS("CertMapUse", set_use, nullptr, RSRC_CONF | ACCESS_CONF,
                     "the names of the rules to try, in order, or none"),
    AP_INIT_RAW_ARGS(kTrial, set_trial, nullptr, RSRC_CONF | ACCESS_CONF,
                     "the names of the rules to try beside what is in force, or none"),
    AP_INIT_TAKE1("CertMapControl", set_control, nullptr, RSRC_CONF | ACCESS_CONF,
                  "sufficient or required"),
    AP_INIT_RAW_ARGS("CertMapAuditLog", set_audit_log, nullptr, RSRC_CONF,
                     "PATH, \"|program args\", syslog[:facility[:tag]] or none"),
    AP_INIT_TAKE1("CertMapKeepCertificates", set_keep, nullptr, RSRC_CONF,
                  "a folder of httpd's User, in which certificates are kept for certmapctl replay"),
    AP_INIT_TAKE1("AuthType", note_auth_type, nullptr, OR_AUTHCFG,
                  "mod_authn_core's directive; CertMap looks whether it is ClientCert"),
    AP_INIT_TAKE2("ErrorDocument", note_error_document, nullptr, OR_FILEINFO,
                  "core's directive; CertMap looks whether the address is literal"),
    noted("Alias", "mod_alias.c", RSRC_CONF | ACCESS_CONF),
    noted("ScriptAlias", "mod_alias.c", RSRC_CONF | ACCESS_CONF),
    noted("SetHandler", "core.c", OR_FILEINFO),
    AP_INIT_TAKE1("CertMapAuditFailure", set_audit_failure, nullptr, RSRC_CONF, "allow or deny"),
    {},
};

}  // namespace certmap
