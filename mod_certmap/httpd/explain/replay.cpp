#include "httpd/explain/replay.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/explain/replay.h"
#include "core/live/descriptor.h"
#include "core/text/error.h"
#include "httpd/base/array.h"
#include "httpd/base/guarded.h"
#include "httpd/explain/explain.h"
#include "httpd/explain/request.h"

namespace certmap {
namespace {

using Require = Access::Require;

using namespace explain_exit;

/// What is needed for one question ends with it.
class PoolOfOne {
 public:
  explicit PoolOfOne(apr_pool_t* parent) { apr_pool_create(&pool_, parent); }
  ~PoolOfOne() { apr_pool_destroy(pool_); }
  PoolOfOne(const PoolOfOne&) = delete;
  PoolOfOne& operator=(const PoolOfOne&) = delete;
  apr_pool_t* get() const { return pool_; }

 private:
  apr_pool_t* pool_ = nullptr;
};

std::string reason_of(const Explanation& told) {
  if (told.misconfigured) return "misconfigured";
  if (!told.decision) return "handshake";
  if (told.decision->reason == Reason::Mapped) return told.exit == kMapped ? "mapped" : "require";
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
  if (told.decision && told.decision->reason == Reason::Mapped)
    answer.account = told.decision->account;
  answer.reason = reason_of(told);
  answer.control = control_of(told);
  answer.depends = require == Require::Unknown;
  return answer;
}

/// Answers question after question.
class Replayer {
 public:
  Replayer(apr_pool_t* pool, server_rec* main_server) : pool_(pool), main_server_(main_server) {}

  void take(std::string_view line) {
    auto question = read_replay_line(line);
    if (auto* place = std::get_if<ReplayPlace>(&question))
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

  ReplayAnswer answer_one(const Certificate& certificate, const ReplayPlace& place) {
    const PoolOfOne pool(pool_);
    try {
      const ExplainQuery query{certificate, {}, place.vhost, place.location};
      return answer_of(explanation_of(pool.get(), main_server_, query, trusts_));
    } catch (const std::exception& error) {
      return {.why = std::string("cannot tell: ") + error.what()};
    }
  }

  apr_pool_t* pool_;
  server_rec* main_server_;
  TlsTrusts trusts_;
  std::vector<ReplayPlace> places_;
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
  guarded(main_server, OK, [&] {
    answer_questions(pconf, main_server);
    return OK;
  });
}

}  // namespace certmap
