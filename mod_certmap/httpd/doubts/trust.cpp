#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/certificate/openssl_der.h"
#include "httpd/base/messages.h"
#include "httpd/config/config.h"
#include "httpd/doubts/doubts.h"
#include "httpd/tree/held_lines.h"
#include "httpd/tree/ssl_lines.h"

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

using Store = OpenSslHandle<X509_STORE>;

/// Null where it cannot be read, which mod_ssl says.
Store read_store(const char* file) {
  Store store(X509_STORE_new());
  if (store && X509_STORE_load_file(store.get(), file) != 1) store.reset();
  ERR_clear_error();
  return store;
}

/// A renewed CA has another certificate with the same name and key.
bool has_key(const Store& store, X509* ca) {
  const auto* objects = X509_STORE_get0_objects(store.get());
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    const auto* known = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (known && X509_NAME_cmp(X509_get_subject_name(known), X509_get_subject_name(ca)) == 0 &&
        EVP_PKEY_eq(X509_get0_pubkey(known), X509_get0_pubkey(ca)) == 1)
      return true;
  }
  return false;
}

/// The line that names all CAs of the host; null: there is none, or there are others.
const ap_directive_t* only_file(const HeldLines& lines) {
  const bool others =
      ssl_line(lines, "SSLCACertificatePath") || ssl_line(lines, "SSLOpenSSLConfCmd");
  return others || !has_tls(lines) ? nullptr : ssl_line(lines, "SSLCACertificateFile");
}

void doubt_host(server_rec* s, Doubts& doubts) {
  const HeldLines lines(s);
  const auto* line = only_file(lines);
  const auto store =
      line ? read_store(ssl_path(lines, "SSLCACertificateFile", s->process->pconf)) : nullptr;
  if (!store) return;
  for (const auto& [use, mapper] : server_config(s).mappers)
    for (const auto& rule : mapper->rules())
      for (auto* ca : rule->issued_by ? rule->issued_by->cas() : std::vector<X509*>()) {
        // Nobody else can lead to one that signed itself.
        const bool is_root = (X509_get_extension_flags(ca) & EXFLAG_SS) != 0;
        if (!is_root || has_key(store, ca)) continue;
        const auto facts = read_certificate(shared(ca));
        doubts.say(message::kDoubt,
                   "rule " + rule->name + ": its CA " + to_text(facts.subject, NameStyle::Rfc4514) +
                       " is not in " + with_place(line) +
                       ", so mod_ssl refuses its certificates before the rule sees them; add it "
                       "there");
      }
}

}  // namespace

void doubt_crls(server_rec* main_server) {
  Doubts doubts(main_server);
  for (const auto* s : servers_of(main_server)) doubt_server(s, doubts);
}

void doubt_cas(server_rec* main_server) {
  if (server_config(main_server).configuration->checked.optional_no_ca) return;
  Doubts doubts(main_server);
  for (auto* s : servers_of(main_server)) doubt_host(s, doubts);
}

}  // namespace certmap
