#include "httpd/doubts/crl.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "httpd/base/messages.h"
#include "httpd/config/config.h"
#include "httpd/tree/held_lines.h"

namespace certmap {
namespace {

/// What was said once is not said for the next virtual host.
class Doubts {
 public:
  explicit Doubts(server_rec* main_server) : main_server_(main_server) {}
  void say(Message message, const std::string& text) {
    if (said_.insert(text).second) report(main_server_, message, text);
  }

 private:
  server_rec* main_server_;
  std::set<std::string> said_;
};

/// The first list of the rule that one of these CAs signed; null: there is none. It lives as long
/// as `pack`.
const CrlFacts* list_of(const std::vector<CrlCa>& cas, const Rule& rule,
                        std::shared_ptr<const CrlPack>& pack) {
  for (const auto& files : rule.crls) {
    pack = files->peek();
    for (const auto& crl : pack->crls())
      if (std::ranges::find(cas, crl.image.facts().signer, &CrlCa::signer) != cas.end())
        return &crl.image.facts();
  }
  return nullptr;
}

void doubt_rule(const Rule& rule, const Mapper& mapper, Doubts& doubts) {
  if (!rule.issued_by || !rule.crls.empty()) return;
  for (const auto& other : mapper.rules()) {
    std::shared_ptr<const CrlPack> pack;
    if (const auto* list = list_of(rule.issued_by->crl_cas(), *other, pack))
      doubts.say(message::kRuleWithoutCrl,
                 "rule " + rule.name + " has no CertMapCRL, and rule " + other->name +
                     " beside it has revocation lists of its CA " + list->issuer + ": rule " +
                     rule.name + " lets in whom " + other->name +
                     " would answer with revocation_unknown; write the CertMapCRL there, too");
  }
}

void doubt_revocation_check(const server_rec* s, Doubts& doubts) {
  const HeldLines lines(s);
  const auto* line = ssl_line(lines, "SSLCARevocationCheck");
  if (!line || first_word(line) == "none") return;
  doubts.say(message::kTwoRevocations,
             with_place(line) +
                 " stands beside CertMapCRL: mod_ssl reads its lists at restarts only, and refuses "
                 "all handshakes once they have expired; leave it out, since CertMapCRL asks at "
                 "each request");
}

void doubt_server(const server_rec* s, Doubts& doubts) {
  bool has_crls = false;
  for (const auto& [use, mapper] : server_config(s).mappers)
    for (const auto& rule : mapper->rules()) {
      has_crls |= !rule->crls.empty();
      doubt_rule(*rule, *mapper, doubts);
    }
  if (has_crls) doubt_revocation_check(s, doubts);
}

}  // namespace

void doubt_crls(server_rec* main_server) {
  Doubts doubts(main_server);
  for (const auto* s : servers_of(main_server)) doubt_server(s, doubts);
}

}  // namespace certmap
