#include "core/crl/folder.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "core/text/calendar.h"

namespace certmap {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool is_folder_at(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

/// The errno of what went wrong; 0: nothing did.
int list(const std::string& path, std::vector<std::string>& names) {
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != end(entry); entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (is_crl_name(name)) names.push_back(path + "/" + name);
  }
  return error.value();
}

}  // namespace

bool is_crl_name(std::string_view name) {
  if (name.starts_with('.')) return false;
  const auto dot = name.rfind('.');
  if (dot == name.npos) return false;
  const auto end = name.substr(dot + 1);
  return end == "crl" || end == "pem" || end == "der" || end == "bin" ||
         (end.size() > 1 && end[0] == 'r' && end.find_first_not_of(kDigits, 1) == end.npos);
}

bool belongs_to(const std::string& path, std::string_view file) {
  if (file == path) return true;
  if (!file.starts_with(path + "/")) return false;
  const auto name = file.substr(path.size() + 1);
  return name.find('/') == name.npos && is_crl_name(name);
}

CrlLook::CrlLook(const std::string& path, const std::vector<PackedFile>& known)
    : is_folder(is_folder_at(path)) {
  const bool was_folder = std::ranges::any_of(
      known, [&](const PackedFile& file) { return file.path.size() > path.size(); });
  std::vector<std::string> names;
  const int error = is_folder ? list(path, names) : 0;
  if (error != 0 || (!is_folder && was_folder)) {
    stamps[path] = stamp_of(path);
    if (error != 0) stamps[path] = {.error = static_cast<std::uint64_t>(error)};
    return;
  }
  // A folder in the place of a file that was good is read like any other file that went bad.
  const bool was_file = std::ranges::any_of(
      known, [&](const PackedFile& file) { return file.path == path && !file.crls.empty(); });
  stamps[path] = is_folder && !was_file ? FileStamp{} : stamp_of(path);
  for (const auto& name : names) stamps[name] = stamp_of(name);
  for (const auto& file : known)
    if (!stamps.contains(file.path)) stamps[file.path] = stamp_of(file.path);
}

FileStamp tried_of(const std::vector<PackedFile>& known, const std::string& file) {
  const auto found = std::ranges::lower_bound(known, file, {}, &PackedFile::path);
  if (found == known.end() || found->path != file) return {};
  const bool is_due = found->again_at != 0 && found->again_at <= now_in_seconds();
  return is_due ? FileStamp{} : found->tried;
}

}  // namespace certmap
