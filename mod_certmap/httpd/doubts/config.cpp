#include "httpd/config/config.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "httpd/audit/target.h"
#include "httpd/base/messages.h"
#include "httpd/doubts/doubts.h"
#include "httpd/doubts/rule_lines.h"
#include "httpd/tree/held_lines.h"
#include "httpd/tree/lines.h"
#include "httpd/tree/ssl_lines.h"

namespace certmap {
namespace {

using Line = ConfigLine;

class Doubts {
 public:
  explicit Doubts(server_rec* main_server)
      : main_server_(main_server), lines_(main_server->process->pconf) {}

  bool check() {
    bool good = true;
    for (const auto& line : lines_.all()) {
      if (is_named(line.directive, "CertMapControl")) good &= check_control(line);
      if (is_named(line.directive, "CertMapUse")) doubt_use(line), doubt_failure(line);
      if (is_named(line.directive, "CertMapTrial")) doubt_trial(line);
      if (is_named(line.directive, "AuthType")) doubt_type(line), doubt_lonely_type(line);
      if (is_named(line.directive, "CertMapUser")) doubt_user(line);
      if (is_named(line.directive, "CertMapLDAPURL")) doubt_expression(line);
      if (is_named(line.directive, "CertMapMatch")) doubt_match(line);
      if (is_one_of(line.directive, {"SSLCARevocationFile", "SSLCARevocationPath"}))
        doubt_revocation(line);
    }
    return good;
  }

 private:
  static std::string named(const Line& line, const std::string& what) {
    return place_of(line.directive).text() + ": " + line.directive->directive + ": " + what;
  }
  void report(const Line& line, const std::string& what) {
    certmap::report(main_server_, message::kDoubt, named(line, what));
  }

  /// In the same section, or in one around it, inside the virtual host.
  template <typename Is>
  static const ap_directive_t* around(const Line& line, Is is) {
    for (const auto* level = line.directive; level; level = level->parent)
      for (const auto* each = first_beside(level); each; each = each->next)
        if (is(each)) return each;
    return nullptr;
  }

  /// Anywhere that may hold for the same request.
  template <typename Is>
  bool anywhere(const Line& line, Is is) const {
    return std::ranges::any_of(lines_.all(), [&](const Line& each) {
      return may_share_host(each.scope, line.scope) && is(each.directive);
    });
  }

  /// The AuthType ClientCert that holds where the CertMapControl line does; null: none is seen.
  const ap_directive_t* client_cert_under(const Line& control) const {
    if (const auto* type =
            around(control, [](const ap_directive_t* each) { return is_named(each, "AuthType"); }))
      return first_word(type) == "clientcert" ? type : nullptr;
    const auto* type = lines_.in_force("AuthType", control.scope);
    if (control.scope.is_certain || !type) return nullptr;
    const bool all = std::ranges::all_of(
        lines_.may_hold("AuthType", control.scope),
        [](const Line* each) { return first_word(each->directive) == "clientcert"; });
    return all ? type->directive : nullptr;
  }

  /// A CertMapUse none says that it is meant.
  void doubt_control(const Line& line) {
    if (!lines_.may_hold("CertMapUse", line.scope).empty() || is_left_to_access_file(line)) return;
    report(line,
           "no CertMapUse is in force, so required asks for no certificate, and the AuthType alone "
           "decides; write CertMapUse NAME, or CertMapUse none where one factor is meant");
  }

  bool check_control(const Line& line) {
    if (first_word(line.directive) != "required") return true;
    const auto* type = client_cert_under(line);
    for (const auto& each : lines_.all()) {
      if (type) break;
      if (!is_one_of(each.directive, {"AuthType", "CertMapControl"})) continue;
      if (!contains(line.scope, each.scope)) continue;
      if (lines_.in_force("CertMapControl", each.scope) != &line) continue;
      const auto* in_force = lines_.in_force("AuthType", each.scope);
      if (in_force && first_word(in_force->directive) == "clientcert") type = in_force->directive;
    }
    if (!type) return doubt_control(line), true;
    certmap::report(main_server_, message::kNoSecondFactor,
                    named(line, "required means two factors, and under AuthType ClientCert (" +
                                    place_of(type).text() +
                                    ") there is only the certificate; write AuthType Basic, or "
                                    "CertMapControl sufficient"));
    return false;
  }

  static bool is_require(const ap_directive_t* line) {
    return is_one_of(line, {"Require", "<RequireAll", "<RequireAny", "<RequireNone"});
  }

  /// At the same place, or further inside.
  template <typename Is>
  bool may_meet_one(const Line& line, Is is) const {
    return std::ranges::any_of(lines_.all(), [&](const Line& each) {
      return may_meet(each.scope, line.scope) && is(each.directive);
    });
  }

  /// A .htaccess file may say the rest.
  bool is_left_to_access_file(const Line& line) const {
    return may_meet_one(line, [](const ap_directive_t* each) {
      return is_one_of(each, {"AllowOverride", "AllowOverrideList"}) && first_word(each) != "none";
    });
  }

  /// Those of httpd's own modules that never do are known.
  static bool may_want_user(const ap_directive_t* line) {
    constexpr std::string_view kOthers[] = {"all",         "local",  "ip", "host",
                                            "forward-dns", "method", "env"};
    return is_named(line, "Require") &&
           std::ranges::find(kOthers, first_word(line)) == std::end(kOthers);
  }

  bool may_ask_for_user(const Line& line) const { return may_meet_one(line, may_want_user); }

  /// True where all of that name that may hold there say none, or there is none.
  bool is_none(const char* name, const Line& line) const {
    return std::ranges::all_of(lines_.may_hold(name, line.scope), [](const Line* each) {
      return first_word(each->directive) == "none";
    });
  }

  /// Only what a trial needs to see anybody, and to tell of somebody.
  void doubt_trial(const Line& line) {
    if (first_word(line.directive) == "none") return;
    doubt_engine(line);
    doubt_verification(line);
    if (has_server(line, has_audit_log)) return;
    report(line,
           "no CertMapAuditLog is in force, so what differs is counted only; write CertMapAuditLog "
           "PATH");
  }

  /// Said once for each virtual host.
  void doubt_failure(const Line& line) {
    const auto lets_in = [](const server_rec* s) {
      return server_config(s).lines.audit_failure == AuditFailure::Deny && !has_audit_log(s) &&
             has_tls(HeldLines(s));
    };
    if (first_word(line.directive) == "none" || !has_server(line, lets_in)) return;
    if (unlogged_.insert(line.scope.host).second)
      report(
          line,
          "CertMapAuditFailure deny is in force, and no CertMapAuditLog is, so everybody goes on "
          "without an event; write CertMapAuditLog PATH");
  }

  void doubt_use(const Line& line) {
    if (first_word(line.directive) == "none") return;
    doubt_engine(line);
    if (is_left_to_access_file(line)) return;
    doubt_verification(line);
    if (!around(line, is_require) && !may_ask_for_user(line))
      return report(line,
                    "no Require is in force, so nobody is asked for a certificate; write Require "
                    "valid-user");
    if (!is_none("AuthType", line)) return;
    const bool is_said = !lines_.may_hold("AuthType", line.scope).empty();
    report(line, std::string(is_said ? "only AuthType None" : "no AuthType") +
                     " is in force; write AuthType ClientCert");
  }

  /// Each request would be answered with 500.
  void doubt_lonely_type(const Line& line) {
    if (first_word(line.directive) != "clientcert" || !may_ask_for_user(line)) return;
    if (is_none("CertMapUse", line))
      report(line, "no CertMapUse that names rules is in force; write one, like CertMapUse NAME");
  }

  static bool has_audit_log(const server_rec* s) {
    const auto& target = server_config(s).lines.audit_target;
    return target && parse_audit_target(*target).kind != AuditTarget::Kind::None;
  }

  /// True where the line may hold in a server that is such.
  template <typename Is>
  bool has_server(const Line& use, Is is) const {
    const auto place = place_of(use.directive);
    for (const auto& [s, line] : server_config(main_server_).configuration->lines.uses) {
      if (line->place.line != place.line || line->place.file != place.file) continue;
      for (const auto* each : servers_of(main_server_))
        if ((s == main_server_ || s == each) && is(each)) return true;
    }
    return false;
  }

  /// Also by a Listen line.
  bool has_server_with_tls(const Line& use) const {
    return has_server(use, [](const server_rec* s) { return has_tls(HeldLines(s)); });
  }

  void doubt_engine(const Line& line) {
    const bool is_on = anywhere(line, [](const ap_directive_t* each) {
      return is_one_of(each, {"SSLEngine", "TLSEngine", "NSSEngine", "GnuTLSEnable"}) &&
             first_word(each) != "off";
    });
    if (is_on || has_server_with_tls(line)) return;
    report(
        line,
        "there is no TLS, and so no certificate; write SSLEngine on in the virtual host, or, if a "
        "proxy ends TLS, let it pass TCP through: certificates in headers are not read");
  }

  /// What <Perl> sections and OpenSSL's own commands set is not known.
  bool may_verify_otherwise(const Line& line) const {
    return ap_find_linked_module("mod_perl.c") || anywhere(line, [](const ap_directive_t* each) {
             return is_named(each, "SSLOpenSSLConfCmd") && first_word(each).starts_with("verify");
           });
  }

  /// Said once for each virtual host.
  void doubt_verification(const Line& line) {
    const ap_directive_t* none = nullptr;
    const bool asks = anywhere(line, [&](const ap_directive_t* each) {
      if (!is_named(each, "SSLVerifyClient")) return false;
      none = each;
      return verify_mode(each) != "none";
    });
    if (asks || may_verify_otherwise(line) || !has_server_with_tls(line)) return;
    if (unasked_.insert(line.scope.host).second) report(line, never_asked(none));
  }

  void doubt_type(const Line& line) {
    std::string letters = first_word(line.directive);
    if (letters == "clientcert") return;
    std::erase_if(letters, [](char c) { return c < 'a' || c > 'z'; });
    constexpr std::string_view kAlike[] = {
        "clientcert", "clientcerts", "clientcertificate", "clientcertificates", "certclient",
        "cert",       "certificate", "certmap",           "sslclientcert",      "clientssl"};
    if (std::ranges::find(kAlike, letters) != std::end(kAlike))
      report(line, "there is no \"" + first_word(line.directive) + "\"; write AuthType ClientCert");
  }

  void doubt_expression(const Line& line) {
    if (const auto doubt = doubt_about_expression(args_of(line.directive))) report(line, *doubt);
  }

  /// One account for all whom a CA certifies.
  void doubt_user(const Line& line) {
    doubt_expression(line);
    const auto* rule = line.directive->parent;
    if (!rule || !is_named(rule, "<CertMapRule")) return;
    std::vector<Words> matches;
    for (const auto* each : lines_in(rule, "CertMapMatch"))
      matches.push_back(words_in(each, main_server_->process->pconf));
    const auto name = args_of(rule).substr(0, args_of(rule).find('>'));
    if (const auto doubt = doubt_about_user(name, args_of(line.directive), matches))
      report(line, *doubt);
  }

  void doubt_match(const Line& line) {
    if (const auto doubt =
            doubt_about_match(words_in(line.directive, main_server_->process->pconf)))
      report(line, *doubt);
  }

  void doubt_revocation(const Line& line) {
    if (anywhere(line, [](const ap_directive_t* each) {
          return is_named(each, "SSLCARevocationCheck") && first_word(each) != "none";
        }))
      return;
    report(line,
           "it is not looked at, and revoked certificates go on; write SSLCARevocationCheck chain");
  }

  server_rec* main_server_;
  ConfigLines lines_;
  /// Virtual hosts where that was said; null: the main server.
  std::set<const ap_directive_t*> unasked_, unlogged_;
};

}  // namespace

bool check_doubts(server_rec* main_server) { return Doubts(main_server).check(); }

}  // namespace certmap
