#include "core/crl/pack_build.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/text/calendar.h"

namespace certmap {

bool has_image(const PackedFile& file) {
  return std::ranges::any_of(file.crls, [](const PackedCrl& crl) { return !crl.image.empty(); });
}

namespace {

/// A delta is followed by a complete CRL, too.
bool follows(const CrlFacts& later, const CrlFacts& before) {
  return later.signer == before.signer && later.scope.der == before.scope.der &&
         (later.is_delta() == before.is_delta() ||
          (before.is_delta() && !is_before(later.number, before.number)));
}

}  // namespace

/// Who may write the file must not let anybody in by leaving a list out.
void PackBuild::keep_missing(const PackedFile& before, PackedFile& now) {
  for (const auto& crl : before.crls) {
    const bool is_there = std::ranges::any_of(
        now.crls, [&](const PackedCrl& each) { return follows(each.facts, crl.facts); });
    if (crl.image.empty() || is_there) continue;
    now.crls.push_back(crl);
    missing.emplace_back(now.path, crl.facts);
  }
}

/// Of those that still count: no other file has a later one.
void PackBuild::tell_missing() {
  for (const auto& [path, facts] : missing) {
    const auto file = std::ranges::find(files, path, &PackedFile::path);
    const auto load = std::ranges::find(loads, path, &FileLoad::path);
    if (file == files.end() || load == loads.end()) continue;
    const bool counts = std::ranges::any_of(file->crls, [&](const PackedCrl& crl) {
      return !crl.image.empty() && crl.facts.signer == facts.signer &&
             crl.facts.scope.der == facts.scope.der && crl.facts.number == facts.number;
    });
    if (counts)
      load->warnings.push_back(
          path + ": no longer has the CRL of " + facts.issuer +
          (facts.number.empty() ? "" : ", number " + crl_number(facts.number)) +
          "; it stays in force: put a later one there, or stop and start "
          "httpd to do without it");
  }
}

/// Takes what was read of a file into the pack, or leaves what was there.
void PackBuild::take(ReadCrls read) {
  const auto row = std::ranges::find(files, read.file.path, &PackedFile::path);
  const bool is_known = row != files.end();
  if (read.is_short) {
    is_short = true;
    loads.push_back(std::move(read.load));
    return;
  }
  is_touched = true;
  // A folder of all past CRLs may lose those that others have followed.
  if (read.is_gone) drop_superseded(files);
  if (read.is_gone && is_folder && !(is_known && has_image(*row))) {
    if (is_known) files.erase(row);
    return;
  }
  const bool same = is_known && row->tried == read.file.tried;
  read.load.news = !same;
  read.load.changed = read.file.good && !(is_restart && same && row->good) &&
                      (!read.file.crls.empty() || (is_known && !row->crls.empty()));
  if (is_known && read.file.good) keep_missing(*row, read.file);
  loads.push_back(read.load);
  if (!is_known) {
    files.push_back(read.file);
  } else if (read.file.good) {
    *row = read.file;
  } else {
    row->tried = read.file.tried;
    row->again_at = read.file.again_at;
    row->good = false;
  }
  fresh.push_back(std::move(read));
}

void PackBuild::read(const std::string& file, const MayRead& may_read) {
  const auto row = std::ranges::find(files, file, &PackedFile::path);
  const bool has_crls = row != files.end() && !row->crls.empty();
  if (is_folder && file == path && !has_crls) {  // it can be read again
    is_touched = true;
    if (row != files.end()) files.erase(row);
    return;
  }
  const CrlReading reading{authorities, is_folder, now_in_seconds(),
                           row == files.end() ? nullptr : &*row};
  auto read = read_crls(file, reading, [&](const auto& opened) { return may_read(file, opened); });
  if (read) take(*std::move(read));
}

void PackBuild::settle(const MayRead& may_read) {
  if (drop_superseded(files)) {
    std::vector<std::string> again;
    for (const auto& file : files)
      if (std::ranges::any_of(file.crls, [](const auto& crl) { return crl.image.empty(); }))
        again.push_back(file.path);
    for (const auto& file : again) read(file, may_read);
    drop_superseded(files);
  }
  std::erase_if(files, [](const PackedFile& file) {
    return file.tried.error == ENOENT && !has_image(file) && !file.crls.empty();
  });
  tell_missing();
}

}  // namespace certmap
