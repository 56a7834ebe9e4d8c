#include "httpd/trial/question.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "core/text/calendar.h"
#include "httpd/request/report.h"

namespace certmap {
namespace {

constexpr std::string_view EventRequest::*kTexts[] = {
    &EventRequest::source_ip,  &EventRequest::client_ip,   &EventRequest::tls_version,
    &EventRequest::url_domain, &EventRequest::url_path,    &EventRequest::method,
    &EventRequest::request_id, &EventRequest::service_name};

TrialCounts& counts_of(const TrialQuestion& asked, const Rule* rule) {
  auto& shard = shard_of(asked.question.server);
  return rule ? shard.trials[rule->slots.rule] : shard.trials_without_rule;
}

}  // namespace

const Rule* waiting_rule(const TrialQuestion& asked) {
  if (!asked.client.certificate) return nullptr;
  const auto& rules = asked.mapper->rules();
  const auto found = std::ranges::find_if(
      rules, [](const auto& rule) { return rule->slots.directory.has_value(); });
  return found == rules.end() ? nullptr : found->get();
}

std::shared_ptr<const Decision> recall(const TrialQuestion& asked) {
  return asked.memory->recall(asked.question, asked.mapper->generation(), asked.client,
                              now_in_seconds());
}

std::shared_ptr<const Decision> try_now(const TrialQuestion& asked, std::stop_token over) {
  const auto generation = asked.mapper->generation();
  auto peer = asked.client.at(now_in_seconds());
  peer.trial = std::move(over);
  auto tried = std::make_shared<const Decision>(asked.mapper->decide(peer));
  if (peer.trial.stop_requested()) return tried;  // no answer of the directory's
  for (const auto& each : tried->asked)
    shard_of(asked.question.server).add_lookup(each.rule->slots, each.from, each.reason);
  asked.memory->remember(asked.question, generation, asked.client, tried);
  return tried;
}

bool count_trial(const TrialQuestion& asked, const Decision& tried) {
  auto& counts = counts_of(asked, tried.decided_by);
  const bool same = is_same(tried, asked.in_force);
  add(same ? counts.same : counts.different);
  return !same && asked.client.certificate && server_config(asked.question.server).audit;
}

void count_skipped(const TrialQuestion& asked) {
  add(counts_of(asked, waiting_rule(asked)).skipped);
}

void report_trial(const TrialQuestion& asked, const Decision& tried, const EventRequest& request) {
  const auto& config = server_config(asked.question.server);
  const auto write = [&] {
    const bool written = config.audit->write([&](std::uint64_t sequence) {
      return trial_event(event_source(*config.configuration, sequence), request, asked.in_force,
                         tried, *asked.client.certificate);
    });
    if (!written) config.audit->report_failure(asked.question.server);
    return written;
  };
  asked.memory->report_once(asked.question, asked.in_force.account, tried.account, write);
}

KeptRequest::KeptRequest(const EventRequest& request) : event_(request) {
  texts_.reserve(std::size(kTexts));
  for (const auto text : kTexts) event_.*text = texts_.emplace_back(request.*text);
}

}  // namespace certmap
