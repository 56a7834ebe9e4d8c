#include "core/crl/crl_files.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "core/crl/folder.h"
#include "core/crl/pack_build.h"
#include "core/crl/run_out.h"
#include "core/live/lasting_memory.h"
#include "core/live/reading.h"
#include "core/live/rest.h"
#include "core/text/calendar.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

using Files = std::vector<PackedFile>;
using Paths = std::vector<std::string>;

FileLoad being_written(const std::string& file) {
  return {.errors = {file + ": is being written; it is read when it has been at rest for a second"},
          .news = true,
          .path = file};
}

}  // namespace

struct CrlFiles::State {
  State(std::string path_given, CrlAuthorities authorities_given, int memfd, bool anew)
      : path(std::move(path_given)),
        authorities(std::move(authorities_given)),
        kept(kPackFormat, memfd, anew) {}

  std::vector<FileLoad> load_all();
  std::vector<FileLoad> reload(Moment now);
  CrlLook settled_look(const Files& before, Paths& unsettled) const;
  bool must_read(const Files& before, const std::string& file, const FileStamp& stamp) const;
  bool keep_signed_here(PackedFile& file) const;
  Paths ready_files(const CrlLook& look, const Files& known, Moment now,
                    std::vector<FileLoad>& loads);
  void publish(PackBuild& build);
  void retry_later();
  std::shared_ptr<const CrlPack> image_in_force();
  std::shared_ptr<const CrlPack> peek() const;
  std::shared_ptr<const CrlPack> known_pack();
  std::vector<RunOut> passed(std::int64_t now);
  void let_old_image_go();

  const std::string path;
  const CrlAuthorities authorities;
  LastingMemory kept;
  ImageMemory& memory = kept.now();
  std::vector<std::string> lent;  ///< images, for the first load

  std::mutex load_mutex;
  std::map<std::string, FileRest> rests;

  std::mutex image_mutex;
  std::shared_ptr<const CrlPack> image;
};

void CrlFiles::State::retry_later() {
  memory.set_retry_at(number_of(std::chrono::steady_clock::now() + kRetryAfter));
}

/// `run_out` of a load is what had run out before it was read.
void CrlFiles::State::publish(PackBuild& build) {
  const bool changed = std::ranges::any_of(build.loads, &FileLoad::changed);
  std::ranges::sort(build.files, {}, &PackedFile::path);
  const PackParts parts(build.files);
  try {
    kept.publish(parts.parts(), changed);
    memory.set_tried({});
    for (auto& load : build.loads)
      if (const auto file = std::ranges::find(build.files, load.path, &PackedFile::path);
          load.changed && file != build.files.end())
        load.run_out = run_out_until(*file, memory.told_until());
  } catch (const std::system_error& failure) {
    retry_later();
    build.loads = {{.errors = {path + ": " + failure.what()}, .news = true, .path = path}};
  }
}

/// False where none is left, and the file is to be read as if it were new.
bool CrlFiles::State::keep_signed_here(PackedFile& file) const {
  const auto strangers = std::erase_if(file.crls, [&](const PackedCrl& crl) {
    return std::ranges::none_of(authorities.cas,
                                [&](X509* ca) { return crl_signer(ca) == crl.facts.signer; });
  });
  if (strangers > 0) file.good = false;
  return strangers == 0 || !file.crls.empty();
}

bool CrlFiles::State::must_read(const Files& before, const std::string& file,
                                const FileStamp& stamp) const {
  const auto row = std::ranges::find(before, file, &PackedFile::path);
  return row == before.end() || !row->good || row->tried != stamp;
}

/// Waits for files that are being written in place of ones that are in force.
CrlLook CrlFiles::State::settled_look(const Files& before, Paths& unsettled) const {
  for (int attempt = 0;; ++attempt) {
    CrlLook look(path, before);
    unsettled.clear();
    for (const auto& [file, stamp] : look.stamps) {
      const auto row = std::ranges::find(before, file, &PackedFile::path);
      if (kept.before() && row != before.end() && is_unsettled(stamp, row->tried))
        unsettled.push_back(file);
    }
    if (unsettled.empty() || attempt >= kAttempts) return look;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

/// The last good state is asked only for what cannot be read; whatever it says may be forged.
std::vector<FileLoad> CrlFiles::State::load_all() {
  const auto* old = kept.before();
  std::shared_ptr<const CrlPack> before = std::make_shared<const CrlPack>();
  try {
    before = std::make_shared<const CrlPack>(old ? old->peek() : memory.peek());
  } catch (const std::runtime_error&) {
    // There is no last good state.
  }
  if (old) memory.tell_until(0, old->told_until());
  PackBuild build{path, authorities, before->files(), false, old != nullptr};
  for (const auto& octets : lent) build.add_files_of(octets);
  std::erase_if(build.files, [&](PackedFile& file) {
    return !belongs_to(path, file.path) || !keep_signed_here(file);
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
  if (!build.loads.empty() || memory.generation() == 0) {
    build.settle(always);
    publish(build);
  }
  if (build.is_short) retry_later();
  kept.settle();
  lent.clear();
  const bool has_none = std::ranges::none_of(build.files, has_image);
  if (has_none && std::ranges::all_of(build.loads, [](const auto& l) { return l.errors.empty(); }))
    build.loads.push_back(
        {.warnings = {path + ": has no CRL that a CA of CertMapIssuedBy signed; whom the rule "
                             "would map is refused as revocation_unknown until there is one"},
         .path = path});
  return std::move(build.loads);
}

Paths CrlFiles::State::ready_files(const CrlLook& look, const Files& known, Moment now,
                                   std::vector<FileLoad>& loads) {
  Paths ready;
  Paths gone;
  std::erase_if(rests, [&](const auto& rest) { return !look.stamps.contains(rest.first); });
  for (const auto& [file, stamp] : look.stamps) {
    auto& rest = rests[file];
    const auto change = rest.look(stamp, tried_of(known, file), now);
    if (change == FileChange::Ready) (stamp.error != 0 ? gone : ready).push_back(file);
    if (change == FileChange::Settling && rest.is_being_written() &&
        memory.is_first_to_see_writing())
      loads.push_back({.being_written = true, .path = file});
  }
  if (memory.retry_at() > number_of(now)) return {};
  ready.insert(ready.end(), gone.begin(), gone.end());  // others may have followed those
  return ready;
}

std::vector<FileLoad> CrlFiles::State::reload(Moment now) {
  let_old_image_go();
  if (memory.superseded()) return {};
  std::vector<FileLoad> loads;
  auto pack = image_in_force();
  const CrlLook look(path, pack->files());
  auto ready = ready_files(look, pack->files(), now, loads);
  if (ready.empty() && !memory.has_old()) return loads;

  BuildLock one_process(memory.memfd());
  if (!one_process.held()) return loads;
  memory.give_back_old();
  // Another process may have been faster.
  pack = image_in_force();
  std::erase_if(ready, [&](const std::string& file) {
    return tried_of(pack->files(), file) == look.stamps.at(file);
  });
  if (ready.empty()) return loads;
  const PackBuild::MayRead may_read = [&](const std::string& file, const FileStamp& opened) {
    return !look.stamps.contains(file) || opened == look.stamps.at(file) ||
           rests[file].look(opened, tried_of(pack->files(), file), now) == FileChange::Ready;
  };
  memory.set_retry_at(0);
  PackBuild build{path, authorities, pack->files(), look.is_folder, false};
  build.loads = std::move(loads);
  for (const auto& file : ready) build.read(file, may_read);
  if (build.is_touched) {
    build.settle(may_read);
    publish(build);
  }
  if (build.is_short) retry_later();
  return std::move(build.loads);
}

/// So that its memory can be given back also where no request comes.
void CrlFiles::State::let_old_image_go() {
  const std::lock_guard one_thread(image_mutex);
  if (image && image->generation() != memory.generation()) image.reset();
}

std::shared_ptr<const CrlPack> CrlFiles::State::image_in_force() {
  const std::lock_guard one_thread(image_mutex);
  if (!image || image->generation() != memory.generation())
    image = std::make_shared<const CrlPack>(memory.map_image());
  return image;
}

/// The one that this process holds already, where that is in force.
std::shared_ptr<const CrlPack> CrlFiles::State::known_pack() {
  const std::lock_guard one_thread(image_mutex);
  return image && image->generation() == memory.generation() ? image : peek();
}

std::shared_ptr<const CrlPack> CrlFiles::State::peek() const {
  return std::make_shared<const CrlPack>(memory.peek());
}

std::vector<RunOut> CrlFiles::State::passed(std::int64_t now) {
  const auto told = memory.told_until();
  if (now <= told) return {};
  auto found = run_out_between(*known_pack(), told, now);
  if (found.empty() || !memory.tell_until(told, now)) return {};
  return found;
}

CrlFiles::CrlFiles(std::string path, CrlAuthorities authorities, int memfd, bool anew,
                   const std::vector<int>& lent)
    : state_(std::make_unique<State>(std::move(path), std::move(authorities), memfd, anew)) {
  for (const int other : lent) state_->lent.push_back(copy_of_image(kPackFormat, other));
}
CrlFiles::~CrlFiles() = default;

const std::string& CrlFiles::path() const { return state_->path; }
int CrlFiles::memfd() const { return state_->memory.memfd(); }
std::uint64_t CrlFiles::generation() const { return state_->memory.generation(); }

std::vector<FileLoad> CrlFiles::load_all() {
  const std::lock_guard one_thread(state_->load_mutex);
  return state_->load_all();
}

std::vector<FileLoad> CrlFiles::reload(Moment now) {
  const std::lock_guard one_thread(state_->load_mutex);
  return state_->reload(now);
}

std::vector<FileLoad> CrlFiles::reload_all() {
  auto loads = reload(std::chrono::steady_clock::now());
  for (auto& load : passed()) loads.push_back(std::move(load));
  return loads;
}

std::vector<std::string> CrlFiles::read_paths() const {
  std::vector<std::string> paths{path()};
  const auto pack = peek();
  for (const auto& file : pack->files()) paths.push_back(file.path);
  return paths;
}

std::vector<FileLoad> CrlFiles::passed() {
  auto found = state_->passed(now_in_seconds());
  if (found.empty()) return {};
  return {{.path = path(), .run_out = std::move(found)}};
}

std::shared_ptr<const CrlPack> CrlFiles::pack() const { return state_->image_in_force(); }
std::shared_ptr<const CrlPack> CrlFiles::peek() const { return state_->peek(); }

}  // namespace certmap
