#include "httpd/doubts/ca.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/certificate/openssl_handle.h"
#include "httpd/base/messages.h"
#include "httpd/config/config.h"
#include "httpd/tree/held_lines.h"

namespace certmap {
namespace {

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
  return others || ssl_word(lines, "SSLEngine", "off") != "on"
             ? nullptr
             : ssl_line(lines, "SSLCACertificateFile");
}

void doubt_host(server_rec* s, server_rec* main_server, std::set<std::string>& said) {
  const HeldLines lines(s);
  const auto* line = only_file(lines);
  const auto store =
      line ? read_store(ssl_path(lines, "SSLCACertificateFile", s->process->pool)) : nullptr;
  if (!store) return;
  for (const auto& [use, mapper] : server_config(s).mappers)
    for (const auto& rule : mapper->rules())
      for (auto* ca : rule->issued_by ? rule->issued_by->roots() : std::vector<X509*>()) {
        if (has_key(store, ca)) continue;
        X509_up_ref(ca);
        const auto facts = read_certificate(std::shared_ptr<X509>(ca, X509_free));
        const auto text = "rule " + rule->name + ": its CA " +
                          to_text(facts.subject, NameStyle::Rfc4514) + " is not in " +
                          with_place(line) +
                          ", so mod_ssl refuses its certificates before the rule sees them; add it "
                          "there";
        if (said.insert(text).second) report(main_server, message::kDoubt, text);
      }
}

}  // namespace

void doubt_cas(server_rec* main_server) {
  if (server_config(main_server).configuration->checked.optional_no_ca) return;
  std::set<std::string> said;
  for (auto* s : servers_of(main_server)) doubt_host(s, main_server, said);
}

}  // namespace certmap
