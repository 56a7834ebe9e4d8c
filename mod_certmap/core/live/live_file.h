// Files that are read when the configuration is, and anew while the server runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace certmap {

/// Something in force that has run out.
struct RunOut {
  std::string path;  ///< of the file
  std::string text;  ///< a sentence
};

/// What reading a file gave: nothing wrong, or every error as a sentence that names the file.
struct FileLoad {
  bool changed = false;  ///< a new generation is in force
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  bool news = false;               ///< the file is not in the state in which it was tried before
  bool waits = false;              ///< it is read when the file has been at rest for long enough
  bool being_written = false;      ///< and that is told of, by one process, once
  std::string path;                ///< of a file that stands for many: the one that is meant
  std::vector<std::string> notes;  ///< for level info
  std::vector<RunOut> run_out;
};

/// One path, and what is in force of it, in memory that all processes share. The object is per
/// process and configuration, and safe for any number of threads; the memory outlives it.
class LiveFile {
 public:
  virtual ~LiveFile() = default;
  virtual const std::string& path() const = 0;
  /// The descriptor to hand to the next object for this path; the caller owns it.
  virtual int memfd() const = 0;
  /// Rises by one with each image; 0: there is none yet. One atomic load.
  virtual std::uint64_t generation() const = 0;
  /// When the configuration is read.
  virtual std::vector<FileLoad> load_all() = 0;
  /// While the server runs, from any number of processes, again and again.
  virtual std::vector<FileLoad> reload_all() = 0;
  /// True where a later reading of the configuration has made memory of its own: processes from
  /// before go on reading for the requests that they still serve, and those after tell of it.
  virtual bool is_superseded() const = 0;
  /// What was in force and ran out since some process was told: `run_out`.
  virtual std::vector<FileLoad> passed() { return {}; }
  /// What has to be readable for that.
  virtual std::vector<std::string> read_paths() const { return {path()}; }
};

}  // namespace certmap
