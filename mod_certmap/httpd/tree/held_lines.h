// The lines of the configuration that hold at one place of one server: what other modules keep to
// themselves can still be read there.
#pragma once

#include <string>
#include <vector>

#include "httpd/base/apache.h"
#include "httpd/tree/lines.h"

namespace certmap {

/// They are collected once; server, request and tree must outlive them.
class HeldLines {
 public:
  /// `r` after httpd's section walk. `access_files`: .htaccess files that httpd read for it.
  HeldLines(const server_rec* s, const request_rec* r,
            const std::vector<std::string>& access_files);
  /// Only what stands outside of sections.
  explicit HeldLines(const server_rec* s) : HeldLines(s, nullptr, {}) {}

  const server_rec* server() const { return server_; }

  /// Those of that name that hold for certain.
  std::vector<const ap_directive_t*> named(const char* name) const;
  /// The last of them; null: there is none.
  const ap_directive_t* find(const char* name) const;
  /// The same outside of sections.
  std::vector<const ap_directive_t*> named_in_server(const char* name) const;
  const ap_directive_t* find_in_server(const char* name) const;

  /// Of that name, in sections of this server that do not hold here.
  std::vector<const ap_directive_t*> elsewhere(const char* name) const;

  /// In the order in which httpd merges them.
  const std::vector<ConfigLine>& all() const { return lines_; }
  /// The <If>, <ElseIf> and <Else> that may hold and matter for who gets in.
  std::vector<const ap_directive_t*> conditions() const;
  /// Lines about access of the section that decides it, which only a client's request could answer;
  /// empty: Require can be asked.
  std::vector<const ap_directive_t*> unknown_requirements() const;

 private:
  void add(const ap_directive_t* first, const Scope& scope);
  bool enters(const ap_directive_t* section);
  void read_access_file(const std::string& path);
  std::vector<const ap_directive_t*> requiring_sections() const;

  const server_rec* server_;
  const request_rec* request_;
  apr_pool_t* pool_;
  int hosts_before_ = 0;  ///< of those in the same place of a file that is included again
  std::vector<ConfigLine> lines_;
  std::vector<const ap_directive_t*> passed_by_;  ///< sections
};

}  // namespace certmap
