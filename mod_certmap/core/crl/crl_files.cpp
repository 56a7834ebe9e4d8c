#include "core/crl/crl_files.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "core/crl/folder.h"
#include "core/crl/pack.h"
#include "core/crl/pack_build.h"
#include "core/live/lasting_memory.h"
#include "core/live/reading.h"
#include "core/live/stamp.h"
#include "core/text/calendar.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

bool must_read(const std::vector<PackedFile>& before, const std::string& file,
               const FileStamp& stamp) {
  const auto row = std::ranges::find(before, file, &PackedFile::path);
  return row == before.end() || !row->good || row->tried != stamp;
}

FileLoad being_written(const std::string& file) {
  return {.errors = {file + ": is being written; it is read when it has been at rest for a second"},
          .news = true,
          .path = file};
}

}  // namespace

CrlFiles::CrlFiles(std::string path, CrlAuthorities authorities, int memfd, bool anew,
                   const std::vector<int>& lent)
    : LiveImage(std::move(path), kPackFormat, memfd, anew), authorities_(std::move(authorities)) {
  for (const int other : lent) lent_.push_back(copy_of_image(kPackFormat, other));
}

/// `run_out` of a load is what had run out before it came.
void CrlFiles::publish(PackBuild& build, const CrlPack& before) {
  const bool changed = std::ranges::any_of(build.loads, &FileLoad::changed);
  std::ranges::sort(build.files, {}, &PackedFile::path);
  const PackParts parts(build.files);
  const auto told = std::min(memory_.told_until(), now_in_seconds());
  try {
    kept_.publish(parts.parts(), changed);
    memory_.set_tried({});
    for (auto& load : build.loads)
      if (const auto file = std::ranges::find(build.files, load.path, &PackedFile::path);
          load.changed && file != build.files.end())
        load.run_out = run_out_until(*file, before, told);
  } catch (const std::system_error& failure) {
    retry_later();
    build.loads = {{.errors = {path_ + ": " + failure.what()}, .news = true, .path = path_}};
  }
}

/// False where none is left, and the file is to be read as if it were new.
bool CrlFiles::keep_signed_here(PackedFile& file) const {
  const auto strangers = std::erase_if(file.crls, [&](const PackedCrl& crl) {
    return std::ranges::none_of(authorities_.cas,
                                [&](X509* ca) { return crl_signer(ca) == crl.facts.signer; });
  });
  if (strangers > 0) file.good = false;
  return strangers == 0 || !file.crls.empty();
}

/// Waits for files that are being written in place of ones that are in force.
CrlLook CrlFiles::settled_look(const Files& before, Paths& unsettled) const {
  for (int attempt = 0;; ++attempt) {
    CrlLook look(path_, before);
    unsettled.clear();
    for (const auto& [file, stamp] : look.stamps) {
      const auto row = std::ranges::find(before, file, &PackedFile::path);
      if (kept_.before() && row != before.end() && is_unsettled(stamp, row->tried))
        unsettled.push_back(file);
    }
    if (unsettled.empty() || attempt >= kAttempts) return look;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

/// An empty pack where there is none.
std::shared_ptr<const CrlPack> CrlFiles::last_good() const {
  const auto* old = kept_.before();
  try {
    return std::make_shared<const CrlPack>(old ? old->peek() : memory_.peek());
  } catch (const std::runtime_error&) {
    return std::make_shared<const CrlPack>();
  }
}

/// The last good state is asked only for what cannot be read; whatever it says may be forged.
std::vector<FileLoad> CrlFiles::load_all() {
  const std::lock_guard one_thread(load_mutex_);
  const auto* old = kept_.before();
  const auto before = last_good();
  if (old) memory_.tell_until(0, old->told_until());
  PackBuild build{path_, authorities_, before->files(), false, old != nullptr};
  for (const auto& octets : lent_) build.add_files_of(octets);
  std::erase_if(build.files, [&](PackedFile& file) {
    return !belongs_to(path_, file.path) || !keep_signed_here(file);
  });
  Paths unsettled;
  const auto look = settled_look(build.files, unsettled);
  build.is_folder = look.is_folder;
  const auto known = build.files;
  const auto always = [](const std::string&, const FileStamp&) { return true; };
  // Others may have followed those that have gone.
  for (const bool gone : {false, true})
    for (const auto& [file, stamp] : look.stamps) {
      if ((stamp.error != 0) != gone) continue;
      if (std::ranges::find(unsettled, file) != unsettled.end())
        build.loads.push_back(being_written(file));
      else if (old || must_read(known, file, stamp))
        build.read(file, always);
    }
  if (!build.loads.empty() || memory_.generation() == 0) {
    build.settle(always);
    publish(build, *before);
  }
  if (build.is_short) retry_later();
  kept_.settle();
  lent_.clear();
  const bool has_none = std::ranges::none_of(build.files, has_image);
  if (has_none && std::ranges::all_of(build.loads, [](const auto& l) { return l.errors.empty(); }))
    build.loads.push_back(
        {.warnings = {path_ + ": has no CRL that a CA of CertMapIssuedBy signed; whom the rule "
                              "would map is refused as revocation_unknown until there is one"},
         .path = path_});
  return std::move(build.loads);
}

CrlFiles::Paths CrlFiles::ready_files(const CrlLook& look, const Files& known, Moment now,
                                      std::vector<FileLoad>& loads) {
  Paths ready;
  Paths gone;
  std::erase_if(rests_, [&](const auto& rest) { return !look.stamps.contains(rest.first); });
  for (const auto& [file, stamp] : look.stamps) {
    auto& rest = rests_[file];
    const auto change = rest.look(stamp, tried_of(known, file), now);
    if (change == FileChange::Ready) (stamp.error != 0 ? gone : ready).push_back(file);
    if (change == FileChange::Settling)
      loads.push_back(
          {.waits = true,
           .being_written = rest.is_being_written() && memory_.is_first_to_see_writing(),
           .path = file});
  }
  if (memory_.retry_at() > number_of(now)) return {};
  ready.insert(ready.end(), gone.begin(), gone.end());  // others may have followed those
  return ready;
}

std::vector<FileLoad> CrlFiles::reload(Moment now) {
  const std::lock_guard one_thread(load_mutex_);
  let_old_image_go();
  std::vector<FileLoad> loads;
  auto pack = in_force();
  const CrlLook look(path_, pack->files());
  auto ready = ready_files(look, pack->files(), now, loads);
  if (ready.empty() && !memory_.has_old()) return loads;

  BuildLock one_process(memory_.memfd());
  if (!one_process.held()) return loads;
  memory_.give_back_old();
  // Another process may have been faster.
  pack = in_force();
  std::erase_if(ready, [&](const std::string& file) {
    return tried_of(pack->files(), file) == look.stamps.at(file);
  });
  if (ready.empty()) return loads;
  const PackBuild::MayRead may_read = [&](const std::string& file, const FileStamp& opened) {
    return !look.stamps.contains(file) ||
           rests_[file].may_read(opened, tried_of(pack->files(), file), now);
  };
  memory_.set_retry_at(0);
  PackBuild build{path_, authorities_, pack->files(), look.is_folder, false};
  build.loads = std::move(loads);
  for (const auto& file : ready) build.read(file, may_read);
  if (build.is_touched) {
    build.settle(may_read);
    publish(build, *pack);
  }
  if (build.is_short) retry_later();
  return std::move(build.loads);
}

/// The one that this process holds already, where that is in force.
std::shared_ptr<const CrlPack> CrlFiles::known_pack() const {
  const std::lock_guard one_thread(image_mutex_);
  return image_ && image_->generation() == generation() ? image_ : peek();
}

std::shared_ptr<const CrlPack> CrlFiles::peek() const {
  return std::make_shared<const CrlPack>(memory_.peek());
}

/// A clock that was ahead and is right again told too much: what runs out from now on is news.
std::vector<FileLoad> CrlFiles::passed() {
  const auto told = memory_.told_until();
  const auto now = now_in_seconds();
  if (now < told) memory_.tell_until(told, now);
  if (now <= told) return {};
  auto found = run_out_between(*known_pack(), told, now);
  if (found.empty() || !memory_.tell_until(told, now)) return {};
  return {{.path = path_, .run_out = std::move(found)}};
}

std::vector<std::string> CrlFiles::read_paths() const {
  Paths paths{path_};
  const auto pack = peek();
  for (const auto& file : pack->files()) paths.push_back(file.path);
  return paths;
}

}  // namespace certmap
