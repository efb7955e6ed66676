#pragma once

#include <map>
#include <string>
#include <vector>

namespace aml::features {

struct SqlFile;
struct SqlStep;

// What feature SQL is, without its text: for a model to say what it was trained with.
struct SqlIdentity {
  std::map<std::string, std::string> files;  // file name → sha256 of its bytes
  // sha256 of what runs: of every step in order, its table and its statement with macros and
  // quantities expanded, without comments and with one space between words. Groups that are left
  // out are part of it, so that leaving them out does not make it other SQL.
  std::string whole;
};

// REQUIRES: no group has been left out of `steps`.
SqlIdentity identify(const std::vector<SqlFile>& files, const std::vector<SqlStep>& steps);

// Files in which `used` differs from `trained`, one phrase each: "27_alert__flows.sql is another",
// "40_alert__mine.sql is new", "05_x.sql is gone"; one phrase without a file where the same files
// are expanded otherwise. Empty where what runs is the same, whatever the comments. A `trained`
// without `whole` is of a version that wrote none, and only files are compared.
std::vector<std::string> differences(const SqlIdentity& trained, const SqlIdentity& used);

}  // namespace aml::features
