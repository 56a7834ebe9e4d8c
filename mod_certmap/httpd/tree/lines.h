// The lines of the configuration as they were written, and where each holds.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "httpd/base/apache.h"
#include "httpd/config/config.h"
#include "httpd/tree/section.h"

namespace certmap {

/// Where a line holds, as far as the sections around it say it.
struct Scope {
  const ap_directive_t* host = nullptr;       ///< the <VirtualHost>; null: the main server
  const ap_directive_t* section = nullptr;    ///< the innermost <Location>, <Directory>, ...
  const ap_directive_t* condition = nullptr;  ///< the outermost <If>, <ElseIf> or <Else>
  /// In which order httpd merges: kind of section, then depth of a <Directory>.
  SectionKind order = SectionKind::Transparent;
  int depth = 0;
  /// Location or Directory, with its path; Transparent: everywhere, or where only a request tells.
  SectionKind kind = SectionKind::Transparent;
  std::string path;
  bool is_certain = true;  ///< false: below <If>, <Files>, <Limit>, ..., or of a pattern
};

struct ConfigLine {
  const ap_directive_t* directive;
  Scope scope;
};

/// The one walk over httpd's tree: calls `visit` for `first` and the lines behind it, in the order
/// of the files, and for those inside of a section where it said true of that.
void walk_lines(const ap_directive_t* first, const Scope& scope, apr_pool_t* pool,
                const std::function<bool(const ConfigLine&)>& visit);

/// Names are compared as httpd does, in any case.
bool is_named(const ap_directive_t* line, const char* name);
bool is_one_of(const ap_directive_t* line, std::initializer_list<const char*> names);
/// What stands behind the name, as it was written. A null line has nothing.
std::string args_of(const ap_directive_t* line);
/// Its arguments as httpd splits and unquotes them. Throws ConfigError.
std::vector<std::string> words_in(const ap_directive_t* line, apr_pool_t* pool);
/// As httpd unquotes it, in lower case.
std::string first_word(const ap_directive_t* line);
/// The directive with its arguments, as it was written.
std::string text_of_line(const ap_directive_t* directive);
/// The line with its place, for sentences: "SSLCARevocationFile conf/crl.pem (httpd.conf:7)".
std::string with_place(const ap_directive_t* line);

/// The first line of the section that the line stands in.
const ap_directive_t* first_beside(const ap_directive_t* line);
/// The section's own lines of that name, in their order. A null section has none.
std::vector<const ap_directive_t*> lines_in(const ap_directive_t* section, const char* name);
/// The <CertMapRule> of a rule; null: the tree has it no more.
const ap_directive_t* section_of(const NamedRule& rule, apr_pool_t* pool);

/// True where every place of `inner` is for certain one of `outer`, too.
bool contains(const Scope& outer, const Scope& inner);
/// False where they are in different virtual hosts.
bool may_share_host(const Scope& a, const Scope& b);
/// False where no request is about both.
bool may_meet(const Scope& a, const Scope& b);
/// True where httpd merges `b` into `a` rather than `a` into `b`.
bool is_merged_before(const Scope& a, const Scope& b);

/// All lines, and which of them can hold for the same request.
class ConfigLines {
 public:
  explicit ConfigLines(apr_pool_t* pool);

  const std::vector<ConfigLine>& all() const { return lines_; }
  /// The one of that name that overrules those that hold for certain; null: none does.
  const ConfigLine* in_force(const char* name, const Scope& scope) const;
  /// Those of that name that may hold there or further inside.
  std::vector<const ConfigLine*> may_hold(const char* name, const Scope& scope) const;

 private:
  std::vector<ConfigLine> lines_;  ///< in the order of the files
};

}  // namespace certmap
