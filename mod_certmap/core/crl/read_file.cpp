#include "core/crl/read_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/crl/crl.h"
#include "core/crl/fields.h"
#include "core/crl/image.h"
#include "core/live/page_buffer.h"
#include "core/text/calendar.h"
#include "core/text/error.h"

namespace certmap {
namespace {

/// Of one file, and as many notes: whoever may write it must not fill the log.
constexpr std::size_t kMostErrors = 10;

/// False where the file is shorter by now.
bool read_whole(int descriptor, std::size_t size, PageBuffer& octets) {
  for (std::size_t left = size; left > 0;) {
    char* to = octets.extend(left);
    const auto got = read_some(descriptor, to, left);
    if (got < 0) throw std::system_error(errno, std::generic_category(), "cannot be read");
    octets.truncate(octets.size() - left + static_cast<std::size_t>(got));
    if (got == 0) return false;
    left -= static_cast<std::size_t>(got);
  }
  return true;
}

void check_time(const Crl& crl, const CrlReading& reading, const CrlFacts& facts,
                PackedFile& file) {
  if (facts.this_update > reading.now + kMostAhead) {
    file.again_at = std::max(file.again_at, facts.this_update - kMostAhead);
    refuse_crl(crl, "has its thisUpdate in the future, " + utc_text(facts.this_update) +
                        "; look whether the clocks agree");
  }
  if (!reading.before) return;
  for (const auto& [known, image] : reading.before->crls)
    if (known.series() == facts.series() && known.is_delta() == facts.is_delta() &&
        known.this_update > facts.this_update)
      refuse_crl(crl, "is older than the one in force: its thisUpdate is " +
                          utc_text(facts.this_update) + ", and not " + utc_text(known.this_update));
}

void read_one(std::string_view der, const CrlReading& reading, ReadCrls& read) {
  const auto crl = read_crl(der, read.file.path);
  const auto signer = check_signature(crl, reading.authorities.cas);
  if (!signer) {
    const auto text = described(crl) + " is signed by no CA of CertMapIssuedBy";
    if (!reading.in_folder)
      throw ConfigError(text + "; name the CA's certificate there, or leave the CRL out");
    if (read.load.notes.size() < kMostErrors) read.load.notes.push_back(text + ", and passed over");
    return;
  }
  const auto id = crl_signer(reading.authorities.cas[static_cast<std::size_t>(*signer)]);
  auto facts = facts_of(crl, id);
  check_time(crl, reading, facts, read.file);
  take_crl_entries(crl, id, read.images.emplace_back());
  read.file.crls.push_back({std::move(facts)});
}

void read_octets_of(const OpenedFile& opened, const CrlReading& reading, ReadCrls& read) {
  PageBuffer octets;
  if (!read_whole(opened.descriptor.get(), opened.stamp.size, octets)) return;
  if (!has_same_content(opened.stamp, stamp_of(opened.descriptor.get()))) return;
  std::string storage;
  for (const auto der : split_crls(octets.view(), opened.path, storage)) {
    if (read.load.errors.size() >= kMostErrors) {
      read.load.errors.push_back(opened.path + ": the rest of the file was not looked at");
      return;
    }
    try {
      read_one(der, reading, read);
    } catch (const ConfigError& error) {
      read.load.errors.emplace_back(error.what());
    }
  }
}

std::string objection_to(const OpenedFile& opened) {
  if (opened.failure != 0) return opened.error();
  if (!S_ISREG(opened.facts.st_mode)) return opened.path + ": is not a regular file";
  if (opened.stamp.size > kMaxCrlOctets)
    return opened.path + ": is larger than 1 GiB; a CRL must not be";
  return {};
}

void read_opened(const OpenedFile& opened, const CrlReading& reading, ReadCrls& read) {
  try {
    read_octets_of(opened, reading, read);
  } catch (const ConfigError& error) {
    read.load.errors.emplace_back(error.what());
  } catch (const std::system_error& failure) {
    read.is_short = true;
    read.load.errors.push_back(opened.path + ": " + failure.what());
  }
}

}  // namespace

std::optional<ReadCrls> read_crls(const std::string& path, const CrlReading& reading,
                                  const std::function<bool(const FileStamp&)>& may_read) {
  const OpenedFile opened(path);
  ReadCrls read{.load = {.news = true, .path = path},
                .is_short = opened.is_short(),
                .is_gone = opened.failure == ENOENT || opened.failure == ENOTDIR,
                .file = {.path = path, .tried = opened.stamp}};
  if (auto why = objection_to(opened); !why.empty()) {
    read.load.errors.push_back(std::move(why));
  } else {
    if (!may_read(opened.stamp)) return std::nullopt;
    wait_for_next_tick(opened.stamp);
    read_opened(opened, reading, read);
    if (!has_same_content(opened.stamp, stamp_of(opened.descriptor.get()))) return std::nullopt;
  }
  read.file.good = read.load.errors.empty();
  if (!read.file.good) {
    read.images.clear();
    read.file.crls.clear();
  }
  for (std::size_t i = 0; i < read.images.size(); ++i) {
    sort_crl_entries(read.images[i]);
    read.file.crls[i].image = read.images[i].view();
  }
  return read;
}

}  // namespace certmap
