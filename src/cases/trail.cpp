#include "cases/trail.h"

#include <fmt/format.h>

#include <functional>
#include <future>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json_members.h"
#include "base/threads.h"
#include "cases/entry.h"
#include "cases/state_rows.h"

namespace aml::cases {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

struct Link {
  std::int64_t sequence = 0;
  std::optional<std::string> before;  // where it is said
  std::string json_sha256;
  std::string hash;
  std::optional<std::string> json;
};

// Follows a chain from link to link.
class Follower {
 public:
  // `last_forgotten`: after this entry none has lost its content, where that is known before.
  Follower(fs::path file, std::string chain, std::string noted,
           std::int64_t last_forgotten = std::numeric_limits<std::int64_t>::max())
      : file_(std::move(file)),
        before_(std::move(chain)),
        noted_(std::move(noted)),
        may_be_forgotten_until_(last_forgotten) {
    look_for_noted();
  }

  void follow(const Link& link) {
    if (link.sequence != findings_.entries + 1) {
      refuse(link.sequence, fmt::format("stands where {} should", findings_.entries + 1));
    }
    if (link.before && *link.before != before_) {
      refuse(link.sequence, "names another hash before it");
    }
    if (chained_hash(before_, link.json_sha256) != link.hash) {
      refuse(link.sequence, "does not hold the hash of the one before it");
    }
    if (!link.json) {
      if (link.sequence > may_be_forgotten_until_) {
        refuse(link.sequence, "has lost its content, and not its alert");
      }
      ++findings_.forgotten;
      last_forgotten_ = link.sequence;
    } else if (hash_text(HashKind::sha256, *link.json) != link.json_sha256) {
      refuse(link.sequence, "has another content than was hashed");
    } else {
      follow(entry_of(*link.json), link.sequence);
    }
    before_ = link.hash;
    ++findings_.entries;
    look_for_noted();
  }

  // REQUIRES: all links were followed.
  TrailFindings findings() const {
    if (findings_.entries > 0 && findings_.forgotten == findings_.entries) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: no entry has its content any more: nothing can be verified but "
                              "that there were {}",
                              file_.string(), findings_.entries));
    }
    for (const auto& [alert, last] : last_of_) {
      if (last < last_forgotten_) {
        refuse(
            last_forgotten_,
            fmt::format("has lost its content, and is younger than entry {}, which has not", last));
      }
    }
    TrailFindings found = findings_;
    found.head = before_;
    if (noted_at_) found.since_noted = findings_.entries - *noted_at_;
    return found;
  }

 private:
  void follow(const Entry& entry, std::int64_t sequence) {
    if (entry.sequence != sequence) refuse(sequence, "speaks of another sequence");
    const std::string alert = entry.subject.date + "\n" + entry.subject.alert_id;
    const std::size_t name = std::hash<std::string>()(alert);
    if (sequence < may_be_forgotten_until_) {
      last_of_[name] = sequence;
    } else if (!last_of_.empty()) {
      last_of_.erase(name);  // it is younger than all that was forgotten
    }
  }
  void look_for_noted() {
    if (before_ == noted_) noted_at_ = findings_.entries;
  }
  [[noreturn]] void refuse(std::int64_t sequence, const std::string& why) const {
    throw Error(ErrorKind::bad_input, fmt::format("{}: entry {} {}: the trail was changed",
                                                  file_.string(), sequence, why));
  }

  fs::path file_;
  std::string before_;
  const std::string noted_;
  std::optional<std::int64_t> noted_at_;
  const std::int64_t may_be_forgotten_until_;
  std::int64_t last_forgotten_ = 0;
  std::unordered_map<std::size_t, std::int64_t> last_of_;  // by a hash of the alert
  TrailFindings findings_;
};

constexpr const char* kLinks =
    "SELECT sequence, json_sha256, hash, json FROM entries ORDER BY sequence";

Link read_link(const SqlStatement& row) {
  Link link{row.integer(0), std::nullopt, row.text(1), row.text(2), std::nullopt};
  if (!row.is_null(3)) link.json = row.text(3);
  return link;
}

constexpr std::size_t kMembersOfALine = 5;

Link link_of(const Json& json) {
  Link link{json.at("sequence").get<std::int64_t>(), json.at("before").get<std::string>(),
            json.at("entry_sha256").get<std::string>(), json.at("hash").get<std::string>(),
            std::nullopt};
  if (!json.at("entry").is_null()) link.json = json.at("entry").get<std::string>();
  return link;
}

}  // namespace

void export_trail(SqlDatabase& database, const std::function<void(std::string_view line)>& write) {
  std::string before = chain_of(database);
  write(Json{{"chain", before}}.dump() + "\n");
  SqlStatement row = database.prepare(kLinks);
  while (row.next()) {
    const Link link = read_link(row);
    Json json{{"sequence", link.sequence},
              {"before", before},
              {"entry_sha256", link.json_sha256},
              {"hash", link.hash},
              {"entry", nullptr}};
    if (link.json) json["entry"] = *link.json;
    write(json.dump() + "\n");
    before = link.hash;
  }
}

TrailFindings verify_trail(const fs::path& file, const std::string& noted) {
  std::optional<Follower> follower;
  std::string rest;
  std::int64_t line = 0;
  const auto take = [&](std::string_view text) {
    ++line;
    try {
      const Json json = Json::parse(text);
      const bool is_first = !follower;
      if (json.size() != (is_first ? 1 : kMembersOfALine) || names_member_twice(text)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("line {} of {} has other members than one of a trail of cases",
                                line, file.string()));
      }
      if (is_first) {
        follower.emplace(file, json.at("chain").get<std::string>(), noted);
      } else {
        follower->follow(link_of(json));
      }
    } catch (const Json::exception& e) {
      throw Error(ErrorKind::bad_input, fmt::format("line {} of {} is none of a trail of cases: {}",
                                                    line, file.string(), e.what()));
    }
  };
  read_blocks(file, [&](std::string_view block) {
    rest += block;
    std::size_t begin = 0;
    for (std::size_t end = rest.find('\n'); end != std::string::npos;
         end = rest.find('\n', begin)) {
      take(std::string_view(rest).substr(begin, end - begin));
      begin = end + 1;
    }
    rest.erase(0, begin);
    if (rest.size() > kMostLineBytes) {
      throw Error(ErrorKind::bad_input, fmt::format("line {} of {} is longer than {} bytes",
                                                    line + 1, file.string(), kMostLineBytes));
    }
  });
  if (!rest.empty()) take(rest);
  if (!follower) {
    throw Error(ErrorKind::bad_input, file.string() + " is empty, and no trail of cases");
  }
  return follower->findings();
}

namespace {

// Whether a second connection sees what the first one sees: nobody wrote between their looks.
bool is_same_moment(SqlDatabase& one, SqlDatabase& other) {
  for (const char* last : {"SELECT coalesce(max(sequence), 0) FROM entries",
                           "SELECT coalesce(min(changed_at), '') FROM states"}) {
    SqlStatement here = one.prepare(last);
    SqlStatement there = other.prepare(last);
    here.next();
    there.next();
    if (here.text(0) != there.text(0)) return false;
  }
  return true;
}

// Entries are looked up alert by alert: those of a day lie near each other.
constexpr const char* kCacheOfADay = "PRAGMA cache_size = -65536";

}  // namespace

TrailFindings verify_cases(SqlDatabase& database, const fs::path& file, const std::string& noted) {
  SqlDatabase beside(file, SqlDatabase::Mode::read_only);
  beside.run(kCacheOfADay);
  beside.run("BEGIN");
  const bool is_beside = is_same_moment(database, beside);
  std::packaged_task<void()> look([&] { require_states(beside, file); });
  std::future<void> states = look.get_future();
  std::jthread looking;
  if (is_beside) looking = start_thread([&] { look(); });
  Follower follower(file, chain_of(database), noted,
                    database.number("SELECT max(sequence) FROM entries WHERE date IS NULL"));
  {
    SqlStatement row = database.prepare(kLinks);
    while (row.next()) follower.follow(read_link(row));
  }
  if (is_beside) {
    states.get();
  } else {
    require_states(database, file);
  }
  return follower.findings();
}

}  // namespace aml::cases
