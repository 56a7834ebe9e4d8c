// The files of other programs that say which certificate is which account, each read by a function
// in a file of its own, and what these share. What they cannot express is reported to `map`.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/import/imported_map.h"

namespace certmap {

/// Reads a Globus grid-mapfile: `"/C=DE/O=Example/CN=alice" account[,account…]`.
void import_gridmap(std::string_view text, ImportedMap& map);

/// The names of the maps in a pg_ident.conf, in their order.
std::vector<std::string> pg_ident_maps(std::string_view text);

struct PgIdentOptions {
  std::string map;          ///< its name; lines of others are left out
  bool whole_name = false;  ///< clientname=DN
};
/// Reads PostgreSQL's `MAPNAME SYSTEM-USERNAME DATABASE-USERNAME`.
void import_pg_ident(std::string_view text, const PgIdentOptions& options, ImportedMap& map);

/// The mapper that such a file belongs to, where all its keys say so: "subject", "digest", "mail".
/// Empty: they do not.
std::string pam_pkcs11_mapper(std::string_view text);
/// Reads a mapping file of pam_pkcs11: `KEY -> LOGIN`. Throws ToolError where there is no such
/// mapper.
void import_pam_pkcs11(std::string_view text, std::string_view mapper, ImportedMap& map);

struct HtpasswdOptions {
  /// The OID of the component that becomes the account; empty: the whole name.
  std::string account_type;
  bool any_password = false;
};
/// Reads a password file for mod_ssl's FakeBasicAuth: `/C=DE/O=Example/CN=alice:xxj31ZMTZzkVA`.
void import_htpasswd(std::string_view text, const HtpasswdOptions& options, ImportedMap& map);

/// Calls `line` with each line's number and text, without its end and without a byte order mark.
void for_each_line(std::string_view text,
                   const std::function<void(std::size_t, std::string_view)>& line);

std::string_view trimmed(std::string_view text);

/// The octet of the two hexadecimal digits at the front.
std::optional<unsigned char> octet_of_hex(std::string_view text);

/// `text` in quotes, cut where it is long; safe for a terminal.
std::string quoted_for_message(std::string_view text);

}  // namespace certmap
