#include "sqlite/format.h"

#include <fmt/format.h>

#include <string>

#include "base/error.h"
#include "base/log.h"

namespace aml::sqlite {

namespace fs = std::filesystem;

namespace {

std::string written_by(SqlDatabase& database) {
  try {
    SqlStatement row = database.prepare("SELECT value FROM kept WHERE name = 'program'");
    if (row.next()) return "aml-miner " + row.text(0);
  } catch (const Error&) {  // another program's table may be another
  }
  return "a newer program";
}

void require_columns(SqlDatabase& database, const fs::path& path, const Format& format) {
  try {
    database.prepare(format.probe).next();
  } catch (const Error& e) {
    throw damaged_database(path, e.what());
  }
}

void take_steps(SqlDatabase& database, const fs::path& path, const Format& format) {
  const std::int64_t now = database.number("PRAGMA user_version");
  if (now == format.newest()) return;
  if (now == 0 && database.number("SELECT count(*) FROM sqlite_master") > 0) {
    throw damaged_database(path, "it has tables, but no format");
  }
  if (now > 0) {
    const fs::path copy = fmt::format("{}.format-{}", path.string(), now);
    database.copy_to(copy);
    log::info(fmt::format("{} is brought to a newer format; a copy stays", format.what),
              {{"from", now}, {"to", format.newest()}, {"copy", copy.string()}});
  }
  database.run("PRAGMA foreign_keys = OFF");  // tables are replaced
  database.transaction([&] {
    for (const char* step : format.steps.subspan(static_cast<std::size_t>(now))) database.run(step);
    database.run(fmt::format("PRAGMA user_version = {}", format.newest()));
    if (database.prepare("PRAGMA foreign_key_check").next()) {
      throw damaged_database(path, "rows belong to others that are not there");
    }
  });
  database.run("PRAGMA foreign_keys = ON");
}

void sign(SqlDatabase& database) {
  database
      .prepare(
          "INSERT INTO kept VALUES ('program', ?) ON CONFLICT (name) DO UPDATE "
          "SET value = excluded.value WHERE value <> excluded.value")
      .bind(AML_VERSION)
      .run();
}

}  // namespace

void refuse_newer(SqlDatabase& database, const fs::path& path, const Format& format) {
  const std::int64_t found = database.number("PRAGMA user_version");
  if (found <= format.newest() && found >= 0) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{0} {1} has format {2}, written by {3}; this program, {4}, knows "
                          "formats up to {5}: run that program, or bring back the copy "
                          "{1}.format-{5}",
                          format.what, path.string(), found, written_by(database), AML_VERSION,
                          format.newest()));
}

void require_whole(SqlDatabase& database, const fs::path& path) {
  SqlStatement row = database.prepare("PRAGMA quick_check(1)");
  if (row.next() && row.text(0) != "ok") throw damaged_database(path, row.text(0));
}

void bring_forward(SqlDatabase& database, const fs::path& path, const Format& format, Look look) {
  if (look == Look::first) require_whole(database, path);
  take_steps(database, path, format);
  require_columns(database, path, format);
  sign(database);
  // What a killed program wrote and did not sync is there, and would go with the power.
  database.run("PRAGMA wal_checkpoint(PASSIVE)");
}

}  // namespace aml::sqlite
