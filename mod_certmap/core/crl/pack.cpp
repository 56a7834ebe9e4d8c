#include "core/crl/pack.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "core/crl/judge.h"
#include "core/crl/octets.h"
#include "core/text/calendar.h"

namespace certmap {
namespace {

/// "crl/corp.crl: the CRL of CN=Corp CA has passed its nextUpdate, 2026-12-21T15:04:46Z".
RunOut run_out(const std::string& path, const CrlFacts& facts) {
  return {path, path + ": the " + (facts.is_delta() ? "delta " : "") + "CRL of " + facts.issuer +
                    " has passed its nextUpdate, " + utc_text(facts.next_update)};
}

bool is_followed(const CrlFacts& delta, const CrlPack& pack) {
  return delta.is_delta() && std::ranges::any_of(pack.crls(), [&](const auto& other) {
           const auto& facts = other.image.facts();
           return facts.is_delta() && facts.series() == delta.series() &&
                  is_before(delta.number, facts.number);
         });
}

constexpr std::string_view kMagic = "certmapP";
constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

using StampOctets = std::array<char, sizeof(FileStamp)>;

FileStamp stamp_from(std::string_view octets) {
  StampOctets stamp{};
  if (octets.size() != stamp.size()) refuse_damaged();
  std::memcpy(stamp.data(), octets.data(), stamp.size());
  return std::bit_cast<FileStamp>(stamp);
}

PackedCrl read_packed_crl(Unpacker& from, std::string_view octets) {
  PackedCrl crl{unpack_crl_facts(from.view())};
  const auto offset = static_cast<std::uint64_t>(from.number());
  const auto length = static_cast<std::uint64_t>(from.number());
  if (offset > octets.size() || length > octets.size() - offset) refuse_damaged();
  crl.image = octets.substr(offset, length);
  return crl;
}

PackedFile read_packed_file(Unpacker& from, std::string_view octets) {
  PackedFile file{.path = from.text(), .tried = stamp_from(from.view())};
  file.good = from.number() != 0;
  file.again_at = from.number();
  for (auto crls = from.number(); crls > 0; --crls)
    file.crls.push_back(read_packed_crl(from, octets));
  return file;
}

std::vector<PackedFile> read_table(std::string_view octets) {
  if (!octets.starts_with(kMagic)) refuse_damaged();
  Unpacker head(octets.substr(kMagic.size()));
  Unpacker table(head.view());
  std::vector<PackedFile> files;
  for (auto count = table.number(); count > 0; --count)
    files.push_back(read_packed_file(table, octets));
  if (!table.at_end()) refuse_damaged();
  return files;
}

/// Where images come to lie, counted from the first.
class Places {
 public:
  std::pair<std::size_t, bool> place_for(std::string_view image) {
    for (const auto& [known, offset] : places_)
      if (known == image) return {offset, false};
    const auto offset = end_;
    places_.emplace_back(image, offset);
    end_ = aligned(end_ + image.size());
    return {offset, true};
  }

 private:
  std::vector<std::pair<std::string_view, std::size_t>> places_;
  std::size_t end_ = 0;
};

/// The table's length does not depend on where images lie.
std::string table_of(const std::vector<PackedFile>& files, std::size_t first,
                     std::vector<std::string_view>& images) {
  Places places;
  images.clear();
  std::string table;
  put(table, static_cast<std::int64_t>(files.size()));
  for (const auto& file : files) {
    put(table, file.path);
    const auto stamp = std::bit_cast<StampOctets>(file.tried);
    put(table, std::string_view(stamp.data(), stamp.size()));
    put(table, std::int64_t{file.good});
    put(table, file.again_at);
    put(table, static_cast<std::int64_t>(file.crls.size()));
    for (const auto& crl : file.crls) {
      put(table, pack(crl.facts));
      const auto [offset, is_new] =
          crl.image.empty() ? std::pair<std::size_t, bool>{0, false} : places.place_for(crl.image);
      if (is_new) images.push_back(crl.image);
      put(table, static_cast<std::int64_t>(crl.image.empty() ? 0 : first + offset));
      put(table, static_cast<std::int64_t>(crl.image.size()));
    }
  }
  return table;
}

}  // namespace

std::vector<RunOut> run_out_until(const PackedFile& file, const CrlPack& before,
                                  std::int64_t moment) {
  const auto is_new = [&](const CrlFacts& facts) {
    return std::ranges::none_of(before.crls(), [&](const CrlPack::InForce& crl) {
      return is_same(crl.image.facts(), facts);
    });
  };
  std::vector<RunOut> found;
  for (const auto& crl : file.crls)
    if (!crl.image.empty() && crl.facts.end() <= moment && is_new(crl.facts))
      found.push_back(run_out(file.path, crl.facts));
  return found;
}

std::vector<RunOut> run_out_between(const CrlPack& pack, std::int64_t told, std::int64_t now) {
  std::vector<RunOut> found;
  for (const auto& [crl, file] : pack.crls())
    if (const auto end = crl.facts().end();
        told < end && end <= now && !is_followed(crl.facts(), pack))
      found.push_back(run_out(file, crl.facts()));
  return found;
}

bool drop_superseded(std::vector<PackedFile>& files) {
  std::map<CrlSeries, const CrlFacts*> latest;
  const auto each = [&](auto use) {
    for (auto& file : files)
      for (auto& crl : file.crls) use(crl, latest[crl.facts.series()]);
  };
  each([](const PackedCrl& crl, const CrlFacts*& last) {
    if (!crl.facts.is_delta() && (!last || is_later(crl.facts, *last))) last = &crl.facts;
  });
  bool lacks_one = false;
  each([&](PackedCrl& crl, const CrlFacts* last) {
    if (last && !(crl.facts.is_delta() ? is_before(last->number, crl.facts.number)
                                       : !is_later(*last, crl.facts)))
      crl.image = {};
    else if (crl.image.empty())
      lacks_one = true;
  });
  return lacks_one;
}

PackParts::PackParts(const std::vector<PackedFile>& files) {
  std::vector<std::string_view> images;
  const auto length = table_of(files, 0, images).size();
  const auto first = aligned(kMagic.size() + sizeof(std::int64_t) + length);
  head_ = kMagic;
  put(head_, table_of(files, first, images));
  head_.resize(first);
  parts_.push_back(head_);
  for (const auto image : images) {
    parts_.push_back(image);
    parts_.push_back(gaps_.emplace_back(aligned(image.size()) - image.size(), '\0'));
  }
}

CrlPack::CrlPack() = default;
CrlPack::~CrlPack() = default;

CrlPack::CrlPack(MappedImage mapped) : mapped_(std::move(mapped)) {
  if (mapped_.octets.empty()) return;
  files_ = read_table(mapped_.octets);
  for (const auto& file : files_)
    for (const auto& crl : file.crls)
      if (!crl.image.empty()) crls_.push_back({CrlImage(crl.image), file.path});
}

void check_pack(std::string_view octets) { CrlPack({octets, nullptr, 0}); }

}  // namespace certmap
