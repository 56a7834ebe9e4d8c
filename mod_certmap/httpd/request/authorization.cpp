#include <mod_auth.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/text/encodings.h"
#include "core/text/error.h"
#include "httpd/base/guarded.h"
#include "httpd/base/pool.h"
#include "httpd/config/arguments.h"
#include "httpd/request/hooks.h"
#include "httpd/request/request_state.h"

namespace certmap {
namespace {

using Words = std::vector<std::string>;

const char* read_words(cmd_parms* cmd, const char* line, const void** parsed,
                       void (*check)(cmd_parms*, const Words&)) {
  return guarded_directive(cmd, [&] {
    auto* words = make_in_pool<Words>(cmd->pool, words_of(cmd->temp_pool, line));
    check(cmd, *words);
    *parsed = words;
  });
}

/// What the start checks of the other lines.
void check_names_of_htaccess(const cmd_parms* cmd, const Words& names) {
  for (const auto& name : names)
    if (!find_rule(cmd->server, ap_server_conf, name))
      throw ConfigError(place_of(cmd->directive).text() + ": Require certmap-rule: " +
                        no_such_rule(cmd->server, ap_server_conf, name));
}

const char* read_rules(cmd_parms* cmd, const char* line, const void** parsed) {
  return read_words(cmd, line, parsed, [](cmd_parms* c, const Words& words) {
    if (words.empty()) throw ConfigError("write Require certmap-rule NAME ...");
    if (is_htaccess(c)) return check_names_of_htaccess(c, words);
    lines_of(c->pool).required_rules.emplace_back(
        c->server, Use{words, place_of(c->directive), "Require certmap-rule"});
  });
}

const char* read_groups(cmd_parms* cmd, const char* line, const void** parsed) {
  return read_words(cmd, line, parsed, [](cmd_parms*, const Words& words) {
    if (words.empty()) throw ConfigError("write Require certmap-group NAME ...");
  });
}

const char* read_strength(cmd_parms* cmd, const char* line, const void** parsed) {
  return read_words(cmd, line, parsed, [](cmd_parms*, const Words& words) {
    if (words.size() != 1 || (to_lower(words[0]) != "strong" && to_lower(words[0]) != "issuer"))
      throw ConfigError("write Require certmap-strength strong or Require certmap-strength issuer");
  });
}

/// `holds` is asked only of a request whose user is the mapped account; any other is told to
/// authenticate first, so that the refusal is CertMap's own.
template <typename Holds>
authz_status check(request_rec* r, const void* parsed, Holds holds) noexcept {
  const auto* state = state_of(r);
  if (!state || !state->accepted) return r->user ? AUTHZ_DENIED : AUTHZ_DENIED_NO_USER;
  return holds(*state->answer.decision, *static_cast<const Words*>(parsed)) ? AUTHZ_GRANTED
                                                                            : AUTHZ_DENIED;
}

authz_status check_rule(request_rec* r, const char*, const void* parsed) {
  return check(r, parsed, [](const Decision& decision, const Words& names) {
    return std::ranges::find(names, decision.rule) != names.end();
  });
}

authz_status check_group(request_rec* r, const char*, const void* parsed) {
  return check(r, parsed, [](const Decision& decision, const Words& names) {
    return std::ranges::find_first_of(decision.groups, names) != decision.groups.end();
  });
}

authz_status check_strength(request_rec* r, const char*, const void* parsed) {
  return check(r, parsed, [](const Decision& decision, const Words& least) {
    return decision.strength >=
           (ap_cstr_casecmp(least[0].c_str(), "strong") == 0 ? Strength::Strong : Strength::Issuer);
  });
}

constexpr authz_provider kRule{check_rule, read_rules};
constexpr authz_provider kGroup{check_group, read_groups};
constexpr authz_provider kStrength{check_strength, read_strength};

}  // namespace

void register_require_providers(apr_pool_t* pool) {
  const auto add = [pool](const char* name, const authz_provider& provider) {
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, name, AUTHZ_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
  };
  add("certmap-rule", kRule);
  add("certmap-group", kGroup);
  add("certmap-strength", kStrength);
}

}  // namespace certmap
