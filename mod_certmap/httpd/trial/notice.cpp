#include "httpd/trial/notice.h"

#include "httpd/base/guarded.h"
#include "httpd/base/pool.h"

namespace certmap {

/// Where CertMap decides nothing. Internal redirects have the same one.
struct Notice {
  Client client;
  bool authenticated = false;
  bool let_in = false;
};

namespace {

bool is_decided(const RequestState* state) { return state && state->answer.decision; }

Notice* notice_of(const request_rec* r) {
  for (; r; r = r->prev)
    if (const auto* record = record_of(r); record && record->notice) return record->notice;
  return nullptr;
}

/// `known`: notice_of().
Notice& notice_for(request_rec* r, Notice* known) {
  if (!known) known = make_record(r).notice = make_in_pool<Notice>(r->pool);
  return *known;
}

void take_client(request_rec* r, Notice& notice) {
  if (auto* connection = connection_of(r->connection)) notice.client = connection->client(r);
}

template <typename Work>
int notice(request_rec* r, Work work) {
  if (r->main || !trial_of(r)) return DECLINED;
  return guarded(r->server, DECLINED, [&] {
    work(state_of(r));
    return DECLINED;
  });
}

}  // namespace

std::optional<Client> client_of(const request_rec* r) {
  if (const auto* state = state_of(r); is_decided(state)) {
    const auto& decision = *state->answer.decision;
    return Client{state->answer.certificate, decision.reason != Reason::CertificateNotVerified,
                  decision.detail};
  }
  const auto* notice = notice_of(r);
  return notice ? std::optional(notice->client) : std::nullopt;
}

RequestOutcome outcome_of(const request_rec* r) {
  RequestOutcome outcome;
  const auto* state = state_of(r);
  const auto* notice = is_decided(state) ? nullptr : notice_of(r);
  const bool is_let_in = state ? state->let_in : notice && notice->let_in;
  const bool is_user = is_let_in || (state && (state->accepted || state->authenticated)) ||
                       (notice && notice->authenticated);
  if (r->user && is_user && !(state && state->refused)) outcome.account = r->user;
  if (state) outcome.decision = state->answer.decision;
  outcome.is_mapped = state && state->accepted;
  outcome.is_kept_out = !is_let_in;
  return outcome;
}

/// A user who is there before httpd authenticates is SSLUserName's or the like.
int notice_client(request_rec* r) {
  return notice(r, [r](const RequestState* state) {
    if (is_decided(state)) return;
    auto& notice = notice_for(r, notice_of(r));
    take_client(r, notice);
    notice.authenticated = r->user != nullptr;
    notice.let_in = false;
  });
}

int notice_authenticated(request_rec* r) {
  return notice(r, [r](RequestState* state) {
    if (state) state->authenticated = true;
    if (auto* known = notice_of(r)) known->authenticated = true;
  });
}

/// mod_dir and mod_negotiation put another place's request in the place of one that had no trial.
int notice_let_in(request_rec* r) {
  return notice(r, [r](const RequestState* state) {
    if (is_decided(state)) return;
    auto* known = notice_of(r);
    auto& notice = notice_for(r, known);
    if (!known) take_client(r, notice);
    notice.let_in = true;
  });
}

}  // namespace certmap
