// A live file of which an image is made that is searched where it lies.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/live/lasting_memory.h"
#include "core/live/live_file.h"
#include "core/live/memory.h"
#include "core/live/reading.h"

namespace certmap {

/// The memory of such a file, and the image in force as this process has it before it. An `Image`
/// is made of a MappedImage, and tells its generation().
template <typename Image>
class LiveImage : public LiveFile {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  const std::string& path() const override { return path_; }
  int memfd() const override { return memory_.memfd(); }
  std::uint64_t generation() const override { return memory_.generation(); }
  bool is_superseded() const override { return memory_.superseded(); }

 protected:
  /// As LastingMemory.
  LiveImage(std::string path, const ImageFormat& format, int memfd, bool anew)
      : path_(std::move(path)), kept_(format, memfd, anew) {}

  std::shared_ptr<const Image> in_force() const {
    const std::lock_guard one_thread(image_mutex_);
    if (!image_ || image_->generation() != generation())
      image_ = std::make_shared<const Image>(memory_.map_image());
    return image_;
  }

  /// So that its memory can be given back also where no request comes.
  void let_old_image_go() {
    const std::lock_guard one_thread(image_mutex_);
    if (image_ && image_->generation() != generation()) image_.reset();
  }

  void retry_later() {
    memory_.set_retry_at(number_of(std::chrono::steady_clock::now() + kRetryAfter));
  }

  const std::string path_;
  LastingMemory kept_;
  ImageMemory& memory_ = kept_.now();
  std::mutex load_mutex_;  ///< one thread reads the file

  mutable std::mutex image_mutex_;
  mutable std::shared_ptr<const Image> image_;
};

}  // namespace certmap
