#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "validation/verdict.h"
#include "validator/sqlite.h"

// What a validator has done and must not do twice: rounds, the miners of each, their submissions
// with the proof of who made them, verdicts, and the weights sent. Every function is one
// transaction, and repeating it changes nothing. docs/validating.md lists the tables.
namespace aml::validator {

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

// A miner as registered: a hotkey at a UID since then. A new hotkey at a UID, or a hotkey at a new
// UID, is another miner and starts afresh.
struct MinerRecord {
  std::int64_t id = 0;
  int uid = 0;
  std::string hotkey;
  std::string host;
  int port = 0;
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

// `sending`: it was begun, and how it ended is not known here but perhaps on the chain.
enum class Sending { intended, sending, accepted, refused };

// Weights of one round and stage, and what became of them.
struct WeightsRecord {
  std::string date;
  Stage stage = Stage::day;
  std::vector<int> uids;
  std::vector<std::string> hotkeys;  // of the uids
  std::vector<double> values;
  Sending state = Sending::intended;
  std::uint64_t block_before = 0;  // our neuron's last_update before they were sent
  std::uint64_t block = 0;         // in which they were included; 0: unknown
  std::string message;             // the chain's
  std::string at;
};

class Ledger {
 public:
  // Opens or creates {folder}/ledger.sqlite. Throws Error{bad_input} where it is of a newer
  // program.
  Ledger(const std::filesystem::path& folder, SqlDatabase::Mode mode);

  // Rounds, by date. open_round keeps what is there.
  RoundRecord open_round(const RoundRecord& round);
  std::optional<RoundRecord> round(const std::string& date);
  std::vector<RoundRecord> rounds();  // newest first
  void set_asked(const std::string& date);

  // Who takes part in a round; the first call decides, later ones return the same.
  std::vector<MinerRecord> enroll(const std::string& date, const std::vector<MinerRecord>& found);
  std::vector<MinerRecord> enrolled(const std::string& date);
  // The newest registration of a hotkey.
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

  // All verdicts of a stage at once; those that are there stay. `truth_sha256` for Stage::truth.
  void add_verdicts(const std::string& date, Stage stage,
                    const std::vector<VerdictRecord>& verdicts, const std::string& truth_sha256);
  bool is_judged(const std::string& date, Stage stage);
  // The latest stage's verdicts of a day, by final score, the highest first.
  std::vector<VerdictRecord> verdicts(const std::string& date);
  // The latest verdict of every day, oldest first.
  std::vector<VerdictRecord> history(std::int64_t miner_id);
  // The same of at most the newest `days`, without reading the verdicts' reasons.
  std::vector<DayScore> day_scores(std::int64_t miner_id, std::int64_t days);

  // Notes the intention to send weights, before they are sent; keeps what is there.
  WeightsRecord intend_weights(const WeightsRecord& weights);
  // Notes that they are being sent, and our neuron's last_update before that.
  void begin_sending(const std::string& date, Stage stage, std::uint64_t block_before);
  void settle_weights(const std::string& date, Stage stage, Sending state,
                      const std::string& message, std::uint64_t block);
  std::vector<WeightsRecord> weights();  // newest first

  // The last metagraph that the chain gave, as JSON; empty where none.
  void keep_metagraph(const std::string& json);
  std::string metagraph();

  // The names of the reference models by which a round is judged, both times; the first call
  // decides.
  void keep_references(const std::string& date, const std::vector<std::string>& names);
  std::optional<std::vector<std::string>> references(const std::string& date);

  // How many rounds a miner was judged in.
  std::int64_t rounds_of(std::int64_t miner_id);

  // Differs from an earlier value where another connection has changed anything since.
  std::int64_t data_version();

 private:
  SqlDatabase database_;
};

// A verdict as JSON, as the ledger keeps it and the API shows it.
std::string verdict_to_json(const validation::Verdict& verdict);
validation::Verdict verdict_from_json(const std::string& json);

}  // namespace aml::validator
