// Measurements as numbers, moments and tables of the operator's page.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "httpd/status/measures.h"

namespace certmap {

/// 1,234,567
std::string digits(double number);
/// A moment in seconds since 1970, as HTML.
std::string time_html(double seconds);
std::string capitalized(std::string text);

/// Samples as a table: the last label, or a heading, names the column, the labels before it the
/// row.
class Table {
 public:
  explicit Table(std::vector<std::string> row_headings);

  /// Only those that begin with the labels `of`, and without these.
  void add(const std::vector<Sample>& samples, const std::string& heading = {},
           const Labels& of = {});
  std::string html(const std::string& label) const;

 private:
  struct Row {
    std::vector<std::string> names;
    std::map<std::string, double> numbers;  ///< by column
  };

  static std::string row_html(const Row& row, const std::vector<std::string>& columns);

  std::vector<std::string> row_headings_, columns_;
  std::vector<Row> rows_;
};

}  // namespace certmap
