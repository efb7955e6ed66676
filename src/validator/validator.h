#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/date.h"
#include "bittensor/chain.h"
#include "bittensor/keypair.h"
#include "bittensor/miner_client.h"
#include "sot/object_store.h"
#include "validation/appraisal.h"
#include "validator/body_store.h"
#include "validator/day.h"
#include "validator/ledger.h"
#include "validator/weight_sender.h"

namespace aml::validator {

struct ValidatorOptions {
  std::filesystem::path data_dir;  // ledger, submissions, snapshots, secret
  std::string network;
  int window_days = 7;
  std::uint16_t netuid = 0;
  std::filesystem::path models_dir;                   // the stock models: the baseline
  std::vector<std::filesystem::path> reference_dirs;  // models that anyone has besides
  // The stock recipe is trained on the newest day whose truth is published, on the newest two, …
  // up to so many.
  int reference_days = 3;
  bittensor::AskLimits limits;
  bittensor::Places places = bittensor::Places::global;
  std::set<std::string>
      own_hotkeys{};  // of the operator's own miners: asked at private addresses too
  // Miners that have nothing yet are asked again until the window after the round's begin closes.
  std::chrono::seconds ask_window{0};
  std::chrono::seconds ask_pause{60};
  std::size_t asked_twice = 3;  // miners of a round that are asked a second time
  int truth_days = 45;          // rounds so old are still looked up for their truth
  int keep_snapshots = 45;      // days
  bool set_weights = true;
  std::uint64_t version_key = 0;
  // The weight that nobody earned goes to this UID, or to the subnet owner's; or nowhere.
  bool burns = false;
  std::optional<std::uint16_t> burn_uid{};
  int connections = 8;
  int threads = 1;
  std::string memory_limit;
  std::int64_t max_rows = snapshot::kMaxRows;  // of each file of a snapshot
};

// A validator's work, step by step. Each step looks into the ledger for what is done already and
// notes what it did before the next one begins, so that it may be killed anywhere and run again.
// Throws Error{unavailable} where the SOT, or a chain never reached before, is down: what was done
// stays done.
class Validator {
 public:
  Validator(ValidatorOptions options, sot::ObjectStore& store, bittensor::ChainClient& chain,
            bittensor::Keypair hotkey);
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  // One round: snapshot, questions, verdicts, ensemble, the weights that are intended. Nothing
  // where that is all done.
  void run_round(Date date);
  // Judges a round by its truth, where that has appeared, and intends weights anew.
  void judge_by_truth(Date date);
  // Says what the chain will refuse, and keeps it for /health. Throws Error{not_found} where there
  // is no such subnet.
  void look_at_chain();
  // Sends the newest weights where they wait, or are to be sent again: once several rounds are
  // done, because the chain takes weights only so often. Both as WeightSender has it.
  void tend_weights();
  std::optional<std::string> unsent_weights();
  // The days that are to have a round: those published after the newest one in the ledger, or only
  // the newest one published where there is none; and the newest in the ledger, to finish it.
  std::vector<Date> days_due();
  // The rounds that may still be judged by their truth, oldest first.
  std::vector<Date> truths_due();

 private:
  // What the miners of a round answered, by arrival, and what was read of it.
  struct Answers {
    std::vector<AnswerRecord> records;
    std::vector<validation::Entrant> entrants;  // of the records
    // The place of a miner in both, by its id.
    std::map<std::int64_t, std::size_t> places() const;
  };

  std::filesystem::path folder(const char* name) const { return options_.data_dir / name; }
  std::filesystem::path snapshot_folder(const std::string& date) const;
  std::string key(const std::string& date, const std::string& file) const;
  void fetch_snapshot(Date date);
  snapshot::SnapshotOptions snapshot_options(const std::string& date) const;
  Day day_of(const std::string& date) const;
  void enroll(const std::string& date);
  bittensor::Metagraph metagraph();
  std::optional<bittensor::Metagraph> last_metagraph();

  void ask_everyone(const RoundRecord& round, const Day& day);
  void ask_some_again(const RoundRecord& round, const Day& day);
  // Asks and stores; `final_attempt` stores failures too.
  void ask(const RoundRecord& round, const Day& day, Asked asked,
           const std::vector<MinerRecord>& miners, bool final_attempt);
  void store_answer(const RoundRecord& round, Asked asked, AnswerRecord record,
                    BodyStore::Incoming* body);

  Answers read_answers(const RoundRecord& round, const Day& day);
  validation::Entrant entrant_of(const AnswerRecord& answer, const Day& day) const;
  void add_other_days(const Day& day, Answers& answers);
  void add_second_answers(const RoundRecord& round, const Day& day, Answers& answers);
  void judge(const RoundRecord& round, const Day& day, Stage stage, const std::vector<int>& labels,
             const std::string& truth_sha256, Answers& answers);
  void add_unchanged_checks(const RoundRecord& round, const Day& day, const Answers& answers,
                            std::vector<VerdictRecord>& records);
  std::vector<validation::Reference> references(const std::string& date, const Day& day);
  void train_references(Date before);
  std::vector<Date> published_truths(Date before, int most);
  void remove_old_references(const std::string& newest) const;
  std::vector<validation::PlantedTrap> planted_traps(const std::string& date, const Day& day);

  // What is paid (contributions.cpp).
  class Truths;
  std::vector<std::string> public_truths(const std::string& date);
  std::vector<std::string> usable_truths(const std::string& date);
  validation::PublicColumns public_columns(const Day& day,
                                           std::span<const validation::Reference> references,
                                           std::span<const std::string> roles,
                                           const std::vector<std::string>& usable, Truths& truths);
  validation::AppraisedDay appraised_day(const Day& day);
  std::uint64_t seed_of(const Day& day) const;
  std::vector<validation::DayEvidence> earlier_evidence(const std::string& date);
  // Adds to `records`, which are in the order of `answers`; what later days need of it.
  std::optional<validation::DayEvidence> add_contributions(const RoundRecord& round, const Day& day,
                                                           const std::vector<int>& labels,
                                                           const Answers& answers,
                                                           std::vector<VerdictRecord>& records);
  // What q with the answers `heard` makes of each alert.
  std::vector<double> ensemble_chances(const RoundRecord& round, const Day& day,
                                       const Answers& answers, std::vector<std::size_t> heard);

  // Contributions and weights by miner of the round, in its order.
  struct Standing {
    std::vector<MinerRecord> miners;
    std::vector<double> weights;
  };
  Standing standing(const std::string& date);
  void write_ensemble(const RoundRecord& round, const Day& day, const Answers& answers);
  void intend_weights(const std::string& date, Stage stage);
  WeightOptions weight_options();
  void note_chain(const bittensor::Metagraph& graph);
  // Fetches an object of the SOT into a file; false where there is none.
  bool fetch(const std::string& object, const std::filesystem::path& file);
  // False where it has not appeared.
  bool fetch_truth(Date date);
  void ask_later(const RoundRecord& round, const Day& day);
  void remove_old_snapshots(const std::string& newest) const;

  ValidatorOptions options_;
  sot::ObjectStore& store_;
  bittensor::ChainClient& chain_;
  bittensor::Keypair hotkey_;
  Ledger ledger_;
  BodyStore bodies_;
  std::string secret_;
  WeightSender sender_;
  std::vector<std::string> said_;  // warnings about the chain that stand
};

// The newest days of a miner's that make its quality: of what is older, a day's share of it is
// below 1e-11.
inline constexpr std::int64_t kQualityDays = 120;

// What a miner has contributed, smoothed over the newest kQualityDays truths (contribution.h).
double smoothed_contribution_of(Ledger& ledger, const MinerRecord& miner);

// Shown, and no weight. A miner's final scores of the newest kQualityDays of `days`, oldest first,
// smoothed. A day whose scores the truth shows to know nothing is worth nothing. A day whose truth
// is not known is taken to be like the others: with their share of days that know something, and
// what their truth was worth on average, so that today's half of the points does not look like
// failure.
double quality_of(std::span<const DayScore> days);

}  // namespace aml::validator
