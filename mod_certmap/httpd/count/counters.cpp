#include "httpd/count/counters.h"

#include <cstddef>
#include <map>
#include <string_view>

#include "core/crl/crl_files.h"
#include "core/text/calendar.h"
#include "httpd/base/guarded.h"
#include "httpd/base/retained.h"
#include "httpd/request/request_state.h"
#include "ldap/lookup/source.h"

namespace certmap {
namespace {

/// retained.h says who makes it. Throws std::system_error.
CounterMemory& counter_memory() {
  auto& memory = retained_memory<CounterMemory>(kCountersKey);
  if (memory.started == 0) memory.started = apr_time_now();
  return memory;
}

std::string server_name(const server_rec* s, const server_rec* main_server) {
  if (s == main_server) return "main";
  const auto port = s->addrs ? s->addrs->host_port : s->port;
  return std::string(s->server_hostname ? s->server_hostname : "") + ":" + std::to_string(port);
}

std::string identity_of(const DirectorySettings& settings) {
  std::string identity;
  for (const auto& server : settings.servers) identity += server + '\n';
  identity += std::to_string(static_cast<int>(settings.security)) + '\n' + settings.bind_dn + '\n';
  return identity + (settings.client_certificate ? settings.client_certificate->content : "");
}

void start_directory(Configuration& configuration, Directory& directory,
                     std::map<std::string, int>& seen) {
  auto& memory = *configuration.checked.counters.memory;
  auto identity = identity_of(directory.settings());
  // Two that differ in less than that are told apart by their order.
  if (const int earlier = seen[identity]++; earlier > 0) identity += std::to_string(earlier);
  const auto slot = memory.directories.find_or_add(identity, "", directory.name());
  configuration.checked.directory_slots[&directory] = slot;
  if (slot != 0) directory.keep_health_in(memory.directory_facts[slot].health);
  directory.set_search_observer([&counters = configuration.checked.counters, slot](auto time) {
    counters.shard->directories[slot].add_search(static_cast<std::uint64_t>(time.count()));
  });
}

void start_directories(Configuration& configuration) {
  std::map<std::string, int> seen;
  for (const auto& directory : configuration.checked.directories)
    start_directory(configuration, *directory, seen);
}

void start_rule(Configuration& configuration, NamedRule& named, const std::string& server) {
  auto& rule = *named.rule;
  auto& memory = *configuration.checked.counters.memory;
  rule.slots.rule = memory.rules.find_or_add(server + "\n" + rule.name, server, rule.name);
  if (const auto file = rule.source->map_file())
    rule.slots.map = slot_of(*file);
  else if (const auto* source = dynamic_cast<const DirectorySource*>(rule.source.get()))
    rule.slots.directory = configuration.checked.directory_slots.at(&source->directory());
}

void start_rules(Configuration& configuration, server_rec* main_server) {
  for (const auto& [s, named] : rules_of(main_server))
    start_rule(configuration, *named, server_name(s, main_server));
}

void count_decision(Shard& shard, const Answer& answer) {
  const bool remembered = answer.from == AnswerFrom::Connection;
  const auto count = [&](DecisionCounts& counts) {
    add(remembered ? counts.remembered : counts.made);
  };
  count(shard.decisions[static_cast<std::size_t>(answer.decision->reason)]);
  if (!answer.decision->decided_by) return;
  const auto& slots = answer.decision->decided_by->slots;
  count(shard.rules[slots.rule]);
  if (remembered && slots.directory)
    shard.add_lookup(slots, AnswerFrom::Connection, answer.decision->reason);
}

/// Text of the map's lines stands in quotes: there are accounts in it.
std::string without_quoted(const std::string& sentence) {
  const auto first = sentence.find('"');
  if (first == std::string::npos) return sentence;
  return sentence.substr(0, first) + "\"…" + sentence.substr(sentence.rfind('"'));
}

/// httpd's own account is nobody's business.
std::string without(std::string sentence, const std::string& account) {
  constexpr std::string_view kInstead = "…";
  if (account.empty()) return sentence;
  for (auto at = sentence.find(account); at != std::string::npos;
       at = sentence.find(account, at + kInstead.size()))
    sentence.replace(at, account.size(), kInstead);
  return sentence;
}

/// What a client's request came to, over all internal redirects.
struct Ending {
  const RequestState* first = nullptr;    ///< with a decision
  const RequestState* refused = nullptr;  ///< the last word
  const RequestState* accepted = nullptr;

  void take(const RequestRecord& record) {
    if (record.is_state) take_state(static_cast<const RequestState&>(record));
    if (!record.answered) return;
    refused = &record.answered->state;
    if (!first) first = refused;
  }

 private:
  void take_state(const RequestState& state) {
    if (!state.answer.decision) return;
    if (!first) first = &state;
    if (state.accepted) accepted = &state;
    const bool is_misconfigured = state.refused == HTTP_INTERNAL_SERVER_ERROR;
    if (state.forbidden || (state.refused != 0 && !is_misconfigured)) refused = &state;
  }
};

void count_accepted(const request_rec* r, Shard& shard, const RequestState& state) {
  add(shard.accepted);
  if (connection_of(r->connection)->is_first_count())
    shard.add_connection(
        days_between(apr_time_sec(r->request_time), state.answer.certificate->not_after));
}

void count_ending(const request_rec* r, Shard& shard, const Ending& ending) {
  count_decision(shard, ending.first->answer);
  if (ending.refused)
    add(shard.refused[static_cast<std::size_t>(ending.refused->answer.decision->reason)]);
  else if (ending.accepted)
    count_accepted(r, shard, *ending.accepted);
}

int count(const request_rec* r) {
  Ending ending;
  for (const auto* each = r; each && !is_error_document(each); each = each->next)
    if (const auto* record = record_of(each)) ending.take(*record);
  if (ending.first) count_ending(r, shard_of(r->server), ending);
  return DECLINED;
}

}  // namespace

void start_counters(Configuration& configuration, server_rec* main_server) {
  auto& memory = counter_memory();
  if (is_restart()) add(memory.restarts);
  configuration.checked.counters = {&memory, memory.shards.data()};
  start_directories(configuration);
  for (const auto& file : configuration.lines.resources.live_files()) slot_of(*file);
  start_rules(configuration, main_server);
}

void join_counters(Configuration& configuration) {
  configuration.checked.counters.shard = &configuration.checked.counters.memory->join();
}

std::uint32_t slot_of(const LiveFile& file) {
  const auto& path = file.path();
  auto& slots = counter_memory().maps;
  return dynamic_cast<const CrlFiles*>(&file) ? slots.find_or_add("CertMapCRL " + path, "crl", path)
                                              : slots.find_or_add(path, "", path);
}

void count_load(const LiveFile& file, const FileLoad& load, bool live) {
  auto& facts = counter_memory().map_facts[slot_of(file)];
  if (load.errors.empty()) {
    if (load.changed) facts.read = apr_time_now();
    if (load.changed || load.news) facts.failing = false;
    return;
  }
  facts.failed = apr_time_now();
  facts.error.set(without_quoted(load.errors[0]));
  if (live || load.news) add(facts.failures);
  // Who sees this sees why.
  facts.failing = true;
}

void count_change(const Configuration& configuration, const Directory& directory, bool up,
                  const std::string& why) {
  const auto slot = configuration.checked.directory_slots.find(&directory);
  if (slot == configuration.checked.directory_slots.end()) return;
  auto& facts = configuration.checked.counters.memory->directory_facts[slot->second];
  facts.changed = apr_time_now();
  if (up) return;
  facts.failed = apr_time_now();
  facts.error.set(without(why, directory.settings().bind_dn));
}

int count_request(request_rec* r) {
  if (!r->next && !record_of(r)) return DECLINED;
  return guarded(r, [r] { return count(r); });
}

}  // namespace certmap
