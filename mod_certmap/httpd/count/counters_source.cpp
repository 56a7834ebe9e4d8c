#include "httpd/count/counters_source.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace certmap {
namespace {

/// Does what `source` does, and then calls count().
class CountedSource : public AccountSource {
 public:
  CountedSource(std::unique_ptr<AccountSource> source, const Counters& counters, std::uint32_t slot)
      : source_(std::move(source)), counters_(counters), slot_(slot) {}

  Resolution resolve(const CheckedCertificate& certificate, std::int64_t now,
                     const MapImages& maps) const override {
    auto resolution = source_->resolve(certificate, now, maps);
    count(resolution, *counters_.shard, slot_);
    return resolution;
  }
  std::string_view backend() const override { return source_->backend(); }
  bool always_ties() const override { return source_->always_ties(); }
  bool is_constant() const override { return source_->is_constant(); }
  std::shared_ptr<MapFile> map_file() const override { return source_->map_file(); }
  std::vector<LookupStep> steps(const CheckedCertificate& certificate) const override {
    return source_->steps(certificate);
  }

 private:
  virtual void count(const Resolution& resolution, Shard& shard, std::uint32_t slot) const = 0;

  std::unique_ptr<AccountSource> source_;
  const Counters& counters_;
  std::uint32_t slot_;
};

std::size_t number(Outcome outcome) { return static_cast<std::size_t>(outcome); }

class CountedMap : public CountedSource {
  using CountedSource::CountedSource;
  void count(const Resolution& resolution, Shard& shard, std::uint32_t slot) const override {
    add(shard.maps[slot][number(outcome_of(resolution.reason))]);
  }
};

class CountedDirectory : public CountedSource {
  using CountedSource::CountedSource;
  void count(const Resolution& resolution, Shard& shard, std::uint32_t slot) const override {
    if (resolution.key.empty()) return;  // there was no filter to ask with
    const auto from = static_cast<std::size_t>(resolution.from);
    add(shard.directories[slot].lookups[from][number(outcome_of(resolution.reason))]);
  }
};

}  // namespace

std::unique_ptr<AccountSource> count_map(std::unique_ptr<AccountSource> source,
                                         const Counters& counters, std::uint32_t slot) {
  return std::make_unique<CountedMap>(std::move(source), counters, slot);
}

std::unique_ptr<AccountSource> count_directory(std::unique_ptr<AccountSource> source,
                                               const Counters& counters, std::uint32_t slot) {
  return std::make_unique<CountedDirectory>(std::move(source), counters, slot);
}

}  // namespace certmap
