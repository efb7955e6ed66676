#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sqlite/sqlite.h"
#include "validation/evidence.h"
#include "validation/verdict.h"

// What a validator has done and must not do twice: rounds, the miners of each, their submissions
// with the proof of who made them, verdicts, and the weights sent. Every function is one
// transaction, and repeating it changes nothing. docs/validating.md lists the tables.
namespace aml::validator {

using sqlite::SqlDatabase;
using sqlite::SqlStatement;

// A judgement of a round: on the day itself, and again once the truth is known.
enum class Stage { day, truth };
const char* stage_name(Stage stage);
Stage stage_of(const std::string& name);

struct RoundRecord {
  std::string date;  // YYYY-MM-DD; one round a day
  std::string network;
  int window_days = 0;
  std::string snapshot_sha256;
  std::string created_at;
  bool asked = false;        // every miner has answered or missed the deadline
  std::string truth_sha256;  // of the ground truth it was judged by; empty: none yet
};

// A miner is a hotkey: what it did belongs to it at whatever UID it stands. Whoever takes over the
// UID of another starts afresh.
struct MinerRecord {
  std::int64_t id = 0;
  int uid = 0;  // in the round that is asked about; else in its newest one
  std::string hotkey;
  std::string host;
  int port = 0;
  std::int64_t registered = 0;  // block of its registration, in that round; 0 where not known
};

// When a miner was asked: first; again, to compare; later, when the truth came.
enum class Asked { first, again, later };
const char* asked_name(Asked asked);

// What a miner did when it was asked.
struct AnswerRecord {
  std::int64_t arrival = 0;  // in the order of storing; set by the ledger
  MinerRecord miner;
  std::string outcome;  // "answered", or how it failed (miner_client.h)
  std::string reason;
  std::string body_sha256;  // in the body store; empty where not answered
  std::int64_t body_bytes = 0;
  std::string request_payload;  // with request_body, envelope and body: proof of who said what
  std::string request_body;
  std::string envelope;  // JSON
  double seconds = 0;
  std::string at;  // UTC
};

struct VerdictRecord {
  MinerRecord miner;
  Stage stage = Stage::day;
  std::string date;
  validation::Verdict verdict;
  std::string judged_at;
};

// What quality is made of: the latest verdict of a day, without its reasons.
struct DayScore {
  Stage stage = Stage::day;
  double final_score = 0;
  std::optional<double> truth = std::nullopt;  // the ground truth's part of it, where that counted
  bool is_informed = true;  // unless the truth showed that the scores know nothing
  bool is_baseline = false;
};
DayScore day_score(const VerdictRecord& record);

// sending: it was begun, and how it ended is not known here but perhaps on the chain. accepted: the
// chain has them. committed: it has them encrypted, and reveals them by itself; then revealed.
enum class Sending { intended, sending, accepted, committed, revealed, refused };
const char* sending_name(Sending state);
// Whether the chain has taken them.
bool is_on_chain(Sending state);

// Weights of one round and stage, and what became of them when they were last sent.
struct WeightsRecord {
  std::string date;
  Stage stage = Stage::day;
  std::vector<int> uids;             // at which the hotkeys stood in the round
  std::vector<std::string> hotkeys;  // none: nobody earned anything, the burn UID gets it all
  std::vector<double> values;        // of the hotkeys
  Sending state = Sending::intended;
  std::uint64_t block_before = 0;  // our neuron's last_update before they were sent
  // In which they were included, also while they are being sent again; 0: unknown.
  std::uint64_t block = 0;
  std::string message;             // the chain's
  std::string at;                  // when the state was last changed
  std::int64_t sequence = 0;       // in the order of intention; set by the ledger
  std::uint64_t begun_block = 0;   // at which they were sent
  std::uint64_t reveal_round = 0;  // drand's; 0: not committed
};

class Ledger {
 public:
  // Opens or creates {folder}/ledger.sqlite, as ledger_schema.h has it. A row that cannot be read
  // costs itself: no function but this one throws for what a row holds.
  Ledger(const std::filesystem::path& folder, SqlDatabase::Mode mode);

  // Rounds, by date. open_round keeps what is there; created_at is now where it is empty.
  RoundRecord open_round(const RoundRecord& round);
  std::optional<RoundRecord> round(const std::string& date);
  std::vector<RoundRecord> rounds();  // newest first
  void set_asked(const std::string& date);

  // Who takes part in a round; the first call decides, later ones return the same.
  std::vector<MinerRecord> enroll(const std::string& date, const std::vector<MinerRecord>& found);
  std::vector<MinerRecord> enrolled(const std::string& date);
  // A hotkey that took part in some round.
  std::optional<MinerRecord> miner(const std::string& hotkey);

  // Keeps the first answer of a kind; false where there was one already.
  bool add_answer(const std::string& date, Asked asked, const AnswerRecord& answer);
  std::vector<AnswerRecord> answers(const std::string& date, Asked asked);  // by arrival
  // The newest answer of a miner before that day that has a body, and its day.
  struct Earlier {
    std::string date;
    AnswerRecord answer;
  };
  std::optional<Earlier> earlier_answer(std::int64_t miner_id, const std::string& before);

  // The bodies of answers of days in [from, before) that no later day's answers have too.
  std::vector<std::string> bodies_of(const std::string& from, const std::string& before);

  // All verdicts of a stage at once; those that are there stay. `truth_sha256` for Stage::truth,
  // and with it what later days learn from it; null: nothing.
  void add_verdicts(const std::string& date, Stage stage,
                    const std::vector<VerdictRecord>& verdicts, const std::string& truth_sha256,
                    const validation::DayEvidence* evidence = nullptr);
  // Nothing where that day's truth said nothing, or it cannot be read.
  std::optional<validation::DayEvidence> evidence(const std::string& date);
  // What a miner contributed on the newest `days` that were judged by their truth, oldest first: 0
  // where it did not, or was registered another time than now. Days on which it was set aside are
  // none.
  std::vector<double> contributions(const MinerRecord& miner, std::int64_t days);
  bool is_judged(const std::string& date, Stage stage);
  // The latest stage's verdicts of a day, by final score, the highest first. One that cannot be
  // read is set aside (validation/verdict.h).
  std::vector<VerdictRecord> verdicts(const std::string& date);
  // The latest verdict of every day, oldest first.
  std::vector<VerdictRecord> history(std::int64_t miner_id);
  // The same of at most the newest `days`, without reading the verdicts' reasons. Days on which the
  // miner was set aside are none.
  std::vector<DayScore> day_scores(std::int64_t miner_id, std::int64_t days);

  // Notes the intention to send weights, before they are sent; keeps what is there.
  WeightsRecord intend_weights(const WeightsRecord& weights);
  // Notes that they are being sent, for the first time or again: our neuron's last_update before
  // that, and the block at which it is done.
  void begin_sending(const std::string& date, Stage stage, std::uint64_t block_before,
                     std::uint64_t begun_block = 0);
  // Notes how a sending ended. Weights that are not open (intended, sending) stay as they are.
  void settle_weights(const std::string& date, Stage stage, Sending state,
                      const std::string& message, std::uint64_t block,
                      std::uint64_t reveal_round = 0);
  // What is known of a sending whose end is not known.
  void note_weights(const std::string& date, Stage stage, const std::string& message);
  // That committed weights were revealed.
  void reveal_weights(const std::string& date, Stage stage);
  std::vector<WeightsRecord> weights();  // the newest intention first

  // Text that is kept by name, such as the last metagraph; empty where there is none.
  void keep(const std::string& name, const std::string& value);
  std::string kept(const std::string& name);

  // The last metagraph that the chain gave, as JSON; empty where none.
  void keep_metagraph(const std::string& json) { keep("metagraph", json); }
  std::string metagraph() { return kept("metagraph"); }

  // The names of the reference models by which a round is judged, both times; the first call
  // decides.
  void keep_references(const std::string& date, const std::vector<std::string>& names);
  std::optional<std::vector<std::string>> references(const std::string& date);

  // The days whose truth was public when a round was first judged, newest first; the first call
  // decides.
  void keep_truths(const std::string& date, const std::vector<std::string>& dates);
  std::optional<std::vector<std::string>> truths(const std::string& date);

  // How many rounds a miner was judged in.
  std::int64_t rounds_of(std::int64_t miner_id);

  // Differs from an earlier value where another connection has changed anything since.
  std::int64_t data_version();

 private:
  void keep_list(const std::string& name, const std::vector<std::string>& list);
  std::optional<std::vector<std::string>> kept_list(const std::string& name);

  std::unique_ptr<SqlDatabase> database_;
};

// A verdict as JSON, as the ledger keeps it and the API shows it. REQUIRES: is_finite(verdict).
std::string verdict_to_json(const validation::Verdict& verdict);
// Throws Error{bad_input} where it is none, or one of its numbers is none.
validation::Verdict verdict_from_json(const std::string& json);

}  // namespace aml::validator
