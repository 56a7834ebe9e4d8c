#include "httpd/config_doubts.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "core/conversion.h"
#include "httpd/config.h"
#include "httpd/directives.h"
#include "httpd/match_doubts.h"
#include "httpd/say.h"

namespace certmap {
namespace {

bool is_named(const ap_directive_t* line, const char* name) {
  return ap_cstr_casecmp(line->directive, name) == 0;
}

std::string args_of(const ap_directive_t* line) { return line->args ? line->args : ""; }

std::string first_word(const ap_directive_t* line) {
  std::string args = args_of(line);
  std::erase(args, '"');
  return to_lower(args.substr(0, args.find_first_of(" \t")));
}

struct Line {
  const ap_directive_t* directive;
  const ap_directive_t* host;  ///< the <VirtualHost> around it; null: the main server
};

class Doubts {
 public:
  explicit Doubts(server_rec* main_server) : main_server_(main_server) {
    collect(ap_conftree, nullptr);
  }

  bool check() {
    bool good = true;
    for (const auto& line : lines_) {
      if (is_named(line.directive, "CertMapControl")) good &= check_control(line);
      if (is_named(line.directive, "CertMapUse")) doubt_use(line);
      if (is_named(line.directive, "AuthType")) doubt_type(line);
      if (is_named(line.directive, "CertMapUser")) doubt_user(line);
      if (is_named(line.directive, "CertMapMatch")) doubt_match(line);
      if (is_named(line.directive, "SSLCARevocationFile") ||
          is_named(line.directive, "SSLCARevocationPath"))
        doubt_revocation(line);
    }
    return good;
  }

 private:
  void collect(const ap_directive_t* first, const ap_directive_t* host) {
    for (const auto* each = first; each; each = each->next) {
      lines_.push_back({each, host});
      collect(each->first_child, is_named(each, "<VirtualHost") ? each : host);
    }
  }

  static std::string named(const Line& line, const std::string& what) {
    return place_of(line.directive).text() + ": " + line.directive->directive + ": " + what;
  }
  void warn(const Line& line, const std::string& what) {
    say(main_server_, "CM0028: " + named(line, what));
  }

  /// In the same section, or in one around it, inside the virtual host.
  template <typename Is>
  static const ap_directive_t* around(const Line& line, Is is) {
    for (const auto* level = line.directive; level; level = level->parent) {
      const auto* first = level->parent ? level->parent->first_child : ap_conftree;
      for (const auto* each = first; each; each = each->next)
        if (is(each)) return each;
    }
    return nullptr;
  }

  /// Anywhere that may hold for the same request.
  template <typename Is>
  bool anywhere(const Line& line, Is is) const {
    return std::ranges::any_of(lines_, [&](const Line& each) {
      const bool same = each.host == line.host || !each.host || !line.host;
      return same && is(each.directive);
    });
  }

  bool check_control(const Line& line) {
    if (first_word(line.directive) != "required") return true;
    const auto* type =
        around(line, [](const ap_directive_t* each) { return is_named(each, "AuthType"); });
    if (!type || first_word(type) != "clientcert") return true;
    say(main_server_,
        "CM0027: " + named(line,
                           "required means two factors, and under AuthType ClientCert there is "
                           "only the certificate; write AuthType Basic, or leave it out"));
    return false;
  }

  void doubt_use(const Line& line) {
    if (first_word(line.directive) == "none") return;
    doubt_engine(line);
    // A .htaccess file may say the rest.
    if (anywhere(line, [](const ap_directive_t* each) {
          return is_named(each, "AllowOverride") && first_word(each) != "none";
        }))
      return;
    const auto is_require = [](const ap_directive_t* each) {
      return is_named(each, "Require") || is_named(each, "<RequireAll") ||
             is_named(each, "<RequireAny") || is_named(each, "<RequireNone");
    };
    if (!around(line, is_require) && !anywhere(line, [&](const ap_directive_t* each) {
          return is_require(each) && first_word(each) != "all";
        }))
      return warn(line,
                  "no Require is in force, so nobody is asked for a certificate; write Require "
                  "valid-user");
    if (!anywhere(line, [](const ap_directive_t* each) { return is_named(each, "AuthType"); }))
      warn(line, "no AuthType is in force; write AuthType ClientCert");
  }

  void doubt_engine(const Line& line) {
    if (anywhere(line, [](const ap_directive_t* each) {
          const bool is_engine = is_named(each, "SSLEngine") || is_named(each, "TLSEngine") ||
                                 is_named(each, "NSSEngine") || is_named(each, "GnuTLSEnable");
          return is_engine && first_word(each) != "off";
        }))
      return;
    warn(line, "there is no TLS, and so no certificate; write SSLEngine on in the virtual host");
  }

  void doubt_type(const Line& line) {
    std::string letters = first_word(line.directive);
    if (letters == "clientcert") return;
    std::erase_if(letters, [](char c) { return c < 'a' || c > 'z'; });
    constexpr std::string_view kAlike[] = {
        "clientcert", "clientcerts", "clientcertificate", "clientcertificates", "certclient",
        "cert",       "certificate", "certmap",           "sslclientcert",      "clientssl"};
    if (std::ranges::find(kAlike, letters) != std::end(kAlike))
      warn(line, "there is no \"" + first_word(line.directive) + "\"; write AuthType ClientCert");
  }

  /// One account for all whom a CA certifies.
  void doubt_user(const Line& line) {
    const auto args = args_of(line.directive);
    const auto* rule = line.directive->parent;
    if (!rule || !is_named(rule, "<CertMapRule") || args.find_first_of("{$") != args.npos) return;
    if (around(line, [](const ap_directive_t* each) { return is_named(each, "CertMapMatch"); }))
      return;
    const auto name = args_of(rule).substr(0, args_of(rule).find('>'));
    warn(line, "rule " + name + " gives every certificate of its CA the one account " + args +
                   (args.find("SSL_CLIENT_") != args.npos
                        ? "; write an attribute, like {subject.CN}"
                        : "; add a CertMapMatch that says whose it is, or write an attribute, "
                          "like {subject.CN}"));
  }

  void doubt_match(const Line& line) {
    if (const auto doubt = doubt_about_match(
            words_of(main_server_->process->pconf, args_of(line.directive).c_str())))
      warn(line, *doubt);
  }

  void doubt_revocation(const Line& line) {
    if (anywhere(line, [](const ap_directive_t* each) {
          return is_named(each, "SSLCARevocationCheck") && first_word(each) != "none";
        }))
      return;
    warn(line,
         "it is not looked at, and revoked certificates go on; write SSLCARevocationCheck chain");
  }

  server_rec* main_server_;
  std::vector<Line> lines_;
};

}  // namespace

bool check_doubts(server_rec* main_server) { return Doubts(main_server).check(); }

}  // namespace certmap
