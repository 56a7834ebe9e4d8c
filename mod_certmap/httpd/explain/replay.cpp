#include "core/explain/replay.h"

#include <openssl/x509.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/certificate/openssl_der.h"
#include "core/live/descriptor.h"
#include "core/rule/issuer.h"
#include "core/text/error.h"
#include "httpd/base/apache.h"
#include "httpd/base/guarded.h"
#include "httpd/base/pool.h"
#include "httpd/config/config.h"
#include "httpd/explain/explain.h"
#include "httpd/explain/request.h"

namespace certmap {
namespace {

using Require = Access::Require;

using namespace explain_exit;

std::string reason_of(const Explanation& told) {
  if (told.misconfigured) return "misconfigured";
  if (!told.decision) return "handshake";
  if (told.decision->reason == Reason::Mapped)
    return told.exit == kMapped || told.access->environment.empty() ? "mapped" : "require";
  return std::string(word(told.decision->reason));
}

std::string control_of(const Explanation& told) {
  if (told.control == Mode::Sufficient) return "sufficient";
  return told.control == Mode::Required ? "required" : "";
}

ReplayAnswer answer_of(const Explanation& told) {
  ReplayAnswer answer{.exit = told.exit};
  if (told.exit == kCannotTell) answer.why = told.answer;
  const auto require = told.access ? told.access->require : Require::Forbidden;
  answer.let_in = told.exit != kCannotTell && (told.exit == kMapped || require == Require::Open);
  if (told.access && !told.access->environment.empty()) answer.account = told.decision->account;
  answer.reason = reason_of(told);
  answer.control = control_of(told);
  answer.depends = require == Require::Unknown;
  return answer;
}

bool lacks_issuer(const Explanation& told) { return told.tls && told.tls->lacks_issuer; }

/// Where the rules refuse as well, it makes no difference what the client sends.
bool may_map(const Explanation& told) {
  return told.rules && told.rules->decision.reason == Reason::Mapped;
}

/// The CAs of all rules, which clients of theirs may send along.
std::vector<std::shared_ptr<X509>> cas_of_rules(server_rec* main_server) {
  std::vector<std::shared_ptr<X509>> cas;
  for (const auto& [s, named] : rules_of(main_server))
    for (auto* ca : named->rule->issued_by ? named->rule->issued_by->cas() : std::vector<X509*>())
      cas.push_back(shared(ca));
  return cas;
}

/// Answers question after question.
class Replayer {
 public:
  Replayer(apr_pool_t* pool, server_rec* main_server)
      : pool_(pool), main_server_(main_server), cas_(cas_of_rules(main_server)) {}

  void take(std::string_view line) {
    auto question = read_replay_line(line);
    if (auto* place = std::get_if<AskedPlace>(&question))
      places_.push_back(std::move(*place));
    else
      answer_all(std::get<ReplayCertificate>(question));
  }

 private:
  void answer_all(const ReplayCertificate& asked) {
    const auto certificate = read_certificate(asked.der);
    if (!certificate) throw ConfigError("the certificate of a question cannot be read");
    for (const auto place : asked.places) {
      auto answer = answer_one(*certificate, places_.at(place));
      answer.certificate = certificates_;
      answer.place = place;
      print_answer(replay_answer_line(answer));
    }
    ++certificates_;
  }

  ReplayAnswer answer_one(const Certificate& certificate, const AskedPlace& place) {
    const auto pool = make_pool(pool_);
    try {
      ExplainQuery query{certificate, {}, place};
      const auto told = explanation_of(pool.get(), main_server_, query, trusts_);
      if (!lacks_issuer(told)) return answer_of(told);
      query.others = cas_;
      return answer_with_cas(explanation_of(pool.get(), main_server_, query, trusts_));
    } catch (const std::exception& error) {
      return {.why = std::string("cannot tell: ") + error.what()};
    }
  }

  static ReplayAnswer answer_with_cas(const Explanation& told) {
    auto answer = answer_of(told);
    const bool accepted = told.tls && told.tls->outcome == TlsVerdict::Outcome::Accepted;
    answer.needs_cas = accepted || (lacks_issuer(told) && may_map(told));
    return answer;
  }

  apr_pool_t* pool_;
  server_rec* main_server_;
  const std::vector<std::shared_ptr<X509>> cas_;
  TlsTrusts trusts_;
  std::vector<AskedPlace> places_;
  std::size_t certificates_ = 0;
};

/// A program that the configuration names may have read from it before: a file is read from its
/// beginning all the same.
template <typename Take>
void for_each_line_of_input(Take take) {
  lseek(STDIN_FILENO, 0, SEEK_SET);
  std::string text;
  std::vector<char> buffer(1 << 16);
  for (ssize_t length; (length = read_some(STDIN_FILENO, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(length));
    std::size_t start = 0;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', start)) {
      take(std::string_view(text).substr(start, end - start));
      start = end + 1;
    }
    text.erase(0, start);
  }
}

void answer_questions(apr_pool_t* pool, server_rec* main_server) {
  prepare_for_requests(pool, main_server);
  Replayer replayer(pool, main_server);
  for_each_line_of_input([&](std::string_view line) { replayer.take(line); });
  print_answer(replay_end_line());
}

}  // namespace

void replay(apr_pool_t* pconf, server_rec* main_server) {
  const auto defines = elements_of<const char*>(ap_server_config_defines);
  if (std::ranges::find(defines, kReplayDefine) == defines.end()) return;
  guarded(main_server, [&] { answer_questions(pconf, main_server); });
}

}  // namespace certmap
