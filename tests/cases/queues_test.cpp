#include "cases/queues.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "cases_fixture.h"

namespace aml::cases {
namespace {

using Ids = std::vector<std::string>;

// The obvious way: all that the file says is read anew for each question.
struct Slow {
  std::vector<CaseState> states;
  std::vector<Lock> locks;

  explicit Slow(const std::string& path) {
    SqlDatabase database(path, SqlDatabase::Mode::read_only);
    SqlStatement row = database.prepare(std::string("SELECT ") + kStateColumns +
                                        " FROM states WHERE date = ? ORDER BY alert_id");
    row.bind(kDay);
    states = read_states(row);
    SqlStatement held = database.prepare(
        "SELECT alert_id, author, until FROM locks WHERE date = ? AND until > unixepoch() "
        "ORDER BY alert_id");
    held.bind(kDay);
    while (held.next()) locks.push_back({kDay, held.text(0), held.text(1), held.integer(2)});
  }

  const State* state(const std::string& id) const {
    for (const CaseState& one : states) {
      if (one.subject.alert_id == id) return &one.state;
    }
    return nullptr;
  }
  static bool is_decided(const State* state) {
    return state != nullptr && state->stage == Stage::decided;
  }
  static bool was_seen(const State* state) {
    return state != nullptr && state->stage == Stage::open && state->verdict == Verdict::seen;
  }
  Ids waiting(const DayAlerts& day, Stratum queue, const std::string& author, const UserList& users,
              const std::string& after) const {
    Ids found;
    for (const bool seen : {false, true}) {
      for (const DayAlerts::Alert& alert : day.alerts) {
        const State* state = this->state(alert.id);
        if (alert.stratum != queue || is_decided(state) || was_seen(state) != seen) continue;
        if (std::any_of(locks.begin(), locks.end(), [&](const Lock& lock) {
              return lock.alert_id == alert.id && lock.author != author;
            })) {
          continue;
        }
        if (state != nullptr && ((state->assignee != author && users.may_decide(state->assignee)) ||
                                 objection(*state, author, Action::decide))) {
          continue;
        }
        found.push_back(alert.id);
      }
    }
    const auto at = std::find(found.begin(), found.end(), after);
    if (at != found.end()) std::rotate(found.begin(), at + 1, found.end());
    return found;
  }
  std::int64_t count(const DayAlerts& day, Stratum queue, bool decided) const {
    return std::count_if(day.alerts.begin(), day.alerts.end(), [&](const auto& alert) {
      return alert.stratum == queue && is_decided(state(alert.id)) == decided;
    });
  }
  Tally tally() const {
    Tally tally;
    for (const CaseState& one : states) {
      tally.add(one.state.stage, one.state.verdict, one.subject.is_blind, one.subject.rank);
    }
    return tally;
  }
};

class CasesQueues : public CasesFixture {
 protected:
  static constexpr int kAlerts = 24;

  void SetUp() override {
    const auto file = folder.path() / "users";
    write_file_atomically(file,
                          "anna anna-0123456789abcdef\nben ben-0123456789abcdefg\n"
                          "carla carla-0123456789abcde\nruth ruth-0123456789abcdef reader\n",
                          {.access = Access::owner});
    users = UserList::read(file);
    day = batch(0);
  }
  // A day's alerts; another number: it was processed anew, in another order.
  static std::shared_ptr<const DayAlerts> batch(int number) {
    auto day = std::make_shared<DayAlerts>();
    day->date = kDay;
    day->etag = std::to_string(number);
    for (int i = 0; i < kAlerts; ++i) {
      const int name = (i * 7 + number * 5) % kAlerts;
      DayAlerts::Alert alert;
      alert.id = "alert-" + std::to_string(name);
      alert.rank = i + 1;
      alert.stratum = static_cast<Stratum>(name % 4);
      day->alerts.push_back(std::move(alert));
    }
    for (std::size_t i = 0; i < day->alerts.size(); ++i) day->by_id[day->alerts[i].id] = i;
    return day;
  }
  Ids waiting(Stratum queue, const std::string& author, const std::string& after) {
    return queues.look(day, [&](const DayQueues& now, std::int64_t) {
      const auto locks = store.locks(kDay);
      Ids ids;
      for (const auto* alert : now.waiting_for(queue, {author, users, locks, after}, kAlerts)) {
        ids.push_back(alert->id);
      }
      return ids;
    });
  }
  // Memory says what the file says.
  void compare(std::mt19937& draw) {
    const Slow slow(path());
    DayChanges changes = store.changes(kDay);
    std::vector<CaseState> rows;
    std::int64_t before = 0;
    for (const DayStates::Row& row : changes.rows) {
      ASSERT_GE(row->state.sequence, before) << "in the order of their last entries";
      before = row->state.sequence;
      rows.push_back(*row);
    }
    ASSERT_EQ(changes.head, before);
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return a.subject.alert_id < b.subject.alert_id; });
    ASSERT_EQ(rows, slow.states);
    const std::int64_t after = std::uniform_int_distribution<std::int64_t>(0, before + 1)(draw);
    std::set<std::string> later;
    for (const CaseState& one : slow.states) {
      if (one.state.sequence > after) later.insert(one.subject.alert_id);
    }
    std::set<std::string> told;
    for (const auto& row : store.changes(kDay, after).rows) told.insert(row->subject.alert_id);
    ASSERT_EQ(told, later);
    ASSERT_EQ(store.locks(kDay).size(), slow.locks.size());
    const auto tallies = store.tallies(kDay, kDay);
    ASSERT_EQ(tallies.empty(), slow.states.empty());
    if (!tallies.empty()) {
      ASSERT_EQ(tallies.front().second, slow.tally());
    }
    for (const Stratum queue : kQueues) {
      queues.look(day, [&](const DayQueues& now, std::int64_t head) {
        EXPECT_EQ(head, before);
        EXPECT_EQ(now.open(queue), slow.count(*day, queue, false));
        EXPECT_EQ(now.decided(queue), slow.count(*day, queue, true));
      });
      for (const std::string author : {"anna", "ben", "carla"}) {
        const std::string passed = day->alerts[draw() % kAlerts].id;
        ASSERT_EQ(waiting(queue, author, ""), slow.waiting(*day, queue, author, users, ""));
        ASSERT_EQ(waiting(queue, author, passed), slow.waiting(*day, queue, author, users, passed));
      }
    }
  }
  // What anybody may do, allowed or not.
  void act(std::mt19937& draw) {
    const std::string author = std::array{"anna", "ben", "carla"}[draw() % 3];
    const std::string id = day->alerts[draw() % kAlerts].id;
    Deed deed{.author = author, .seen_until = store.head()};
    switch (draw() % 12) {
      case 0:
        deed.action = Action::reopen;
        break;
      case 1:
        deed.action = Action::assign;
        deed.assignee = std::array{"anna", "ben", "ruth", "gone"}[draw() % 4];
        break;
      case 2:
        store.undo(author, kDay, store.head(), store.head());
        return;
      case 3:
      case 4:
        store.lock(kDay, id, author, store.head());
        return;
      case 5:
        store.unlock(kDay, id, author);
        return;
      case 6:
        change_from_outside(draw);
        return;
      default:
        deed.verdict = static_cast<Verdict>(1 + draw() % 4);
        deed.needs_second = draw() % 4 == 0;
    }
    const std::string other = day->alerts[draw() % kAlerts].id;
    std::vector<Subject> subjects{alert(id)};
    if (other != id && draw() % 3 == 0) subjects.push_back(alert(other));
    store.append(deed, subjects);
  }
  void change_from_outside(std::mt19937& draw) {
    switch (draw() % 6) {
      case 0: {
        SqlDatabase other(path(), SqlDatabase::Mode::read_write);
        other.run("UPDATE locks SET until = until - 3600");
        return;
      }
      case 1: {
        Store other(path());
        append(other, "carla", day->alerts[draw() % kAlerts].id);
        return;
      }
      case 2: {  // all of this day, whatever was done since on another one
        const std::string at = later();
        Subject other = alert("other-" + std::to_string(store.head()));
        other.date = "2025-10-20";
        store.append(deed("carla"), std::vector{other});
        forgotten += store.forget_before(at);
        return;
      }
      case 3:
        store.keep_locks_of(std::vector<std::string>{"anna"});
        return;
      case 4:
        day = batch(static_cast<int>(draw() % 3));
        return;
      default:
        for (const char* other : {"2025-10-01", "2025-10-02", "2025-10-03", "2025-10-04"}) {
          store.changes(other);  // which takes this day's place in memory
        }
    }
  }

  std::int64_t forgotten = 0;  // entries
  UserList users;
  std::shared_ptr<const DayAlerts> day;
  Store store{path()};
  Queues queues{store};
};

TEST_F(CasesQueues, FollowWhatIsDoneAsIfReadAnewEachTime) {
  std::mt19937 draw(20);
  int done = 0;
  for (int step = 0; step < 600; ++step) {
    try {
      act(draw);
      ++done;
    } catch (const Error& e) {
      ASSERT_TRUE(e.kind() == ErrorKind::usage || e.kind() == ErrorKind::not_found) << e.what();
    }
    ASSERT_NO_FATAL_FAILURE(compare(draw)) << "step " << step;
    if (HasFailure()) FAIL() << "step " << step;
  }
  EXPECT_GT(done, 200);
  EXPECT_GT(forgotten, 50);
}

TEST_F(CasesQueues, FreeWhatIsHeldOnceItsTimeIsOver) {
  Store brief(folder.path() / "brief", {.due_days = 30, .lock_time = std::chrono::seconds(1)});
  Queues of_brief(brief);
  const std::string id = day->alerts.front().id;
  const auto first_for = [&](const std::string& name) {
    return of_brief.look(day, [&](const DayQueues& now, std::int64_t) {
      const auto locks = brief.locks(kDay);
      return now.waiting_for(day->alerts.front().stratum, {name, users, locks}, 1).front()->id;
    });
  };
  const auto until = brief.lock(kDay, id, "anna", 0);
  ASSERT_TRUE(until);
  while (!brief.locks(kDay).empty()) {
    // Held, or freed between both looks.
    EXPECT_TRUE(first_for("ben") != id || brief.locks(kDay).empty());
  }
  EXPECT_EQ(first_for("ben"), id);
}

TEST_F(CasesQueues, ForgetNothingThatADiskRefuses) {
  append(store, "anna", day->alerts.front().id);
  EXPECT_THROW(store.append(deed("ben"), std::vector{alert(day->alerts.front().id)}), Conflict);
  const auto rows = store.changes(kDay).rows;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.front()->state.author, "anna");
  EXPECT_EQ(store.changes(kDay, rows.front()->state.sequence).rows.size(), 0U);
}

}  // namespace
}  // namespace aml::cases
