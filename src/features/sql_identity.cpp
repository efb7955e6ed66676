#include "features/sql_identity.h"

#include "base/hash.h"
#include "features/feature_sql.h"

namespace aml::features {
namespace {

std::string without_comments(std::string_view sql) {
  std::string words;
  for (const SqlToken& token : scan_sql(sql)) {
    if (token.kind == SqlToken::Kind::comment) continue;
    words += token_text(sql, token);
    words += ' ';
  }
  return words;
}

}  // namespace

SqlIdentity identify(const std::vector<SqlFile>& files, const std::vector<SqlStep>& steps) {
  SqlIdentity identity;
  for (const SqlFile& file : files) {
    identity.files[file.file_name] = hash_text(HashKind::sha256, file.text);
  }
  std::string whole;
  for (const SqlStep& step : steps) {
    whole += step.table + "\n" + without_comments(step.sql.text()) + "\n";
  }
  identity.whole = hash_text(HashKind::sha256, whole);
  return identity;
}

std::vector<std::string> differences(const SqlIdentity& trained, const SqlIdentity& used) {
  std::vector<std::string> phrases;
  if (!trained.whole.empty() && trained.whole == used.whole) return phrases;
  for (const auto& [name, sha256] : used.files) {
    const auto found = trained.files.find(name);
    if (found == trained.files.end()) {
      phrases.push_back(name + " is new");
    } else if (found->second != sha256) {
      phrases.push_back(name + " is another");
    }
  }
  for (const auto& [name, sha256] : trained.files) {
    if (used.files.count(name) == 0) phrases.push_back(name + " is gone");
  }
  if (phrases.empty() && !trained.whole.empty()) {
    phrases.emplace_back("this version of the program makes other SQL of the same files");
  }
  return phrases;
}

}  // namespace aml::features
