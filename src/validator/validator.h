#pragma once

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
#include "validation/appraisal.h"
#include "validator/archive.h"
#include "validator/days.h"
#include "validator/ledger.h"
#include "validator/options.h"
#include "validator/outside.h"
#include "validator/weight_sender.h"

namespace aml::validator {

// The secret in a file of the data folder: made once, readable by the owner alone. Throws
// Error{bad_input} where the file holds none.
std::string load_secret(const std::filesystem::path& file);

// A validator's work, step by step. Each step looks into the ledger for what is done already and
// notes what it did before the next one begins, so that it may be killed anywhere and run again.
// Throws Error{unavailable} where the SOT, or a chain never reached before, is down: what was done
// stays done.
class Validator {
 public:
  // `secret`: what the draws of traps and samples come from (load_secret()). What `outside` names
  // must outlive it.
  Validator(ValidatorOptions options, const Outside& outside, bittensor::Keypair hotkey,
            std::string secret);
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
  // Of those, where commitments are demanded, the ones whose truth was known before the deadline of
  // `day` and that are not judged by it yet: to be judged before the round of that day, so that
  // whoever comes late goes the way of a punctual one.
  std::vector<Date> truths_known_before(Date day);

 private:
  // What the miners of a round answered, by arrival, and what was read of it.
  struct Answers {
    std::vector<AnswerRecord> records;
    std::vector<validation::Entrant> entrants;  // of the records
    // Likewise, whether they had been committed; none where that is not demanded.
    std::vector<std::optional<validation::Check>> committed;
    // The place of a miner in both, by its id.
    std::map<std::int64_t, std::size_t> places() const;
  };

  // "bitcoin/2025-10-26/7/": the round, in draws.
  std::string key(const std::string& date) const;
  void fetch_snapshot(Date date);
  std::vector<Date> first_days();
  void enroll(const std::string& date);
  bittensor::Metagraph metagraph();
  std::optional<bittensor::Metagraph> last_metagraph();

  // Where commitments are demanded (deadlines.cpp). May be asked before a round: whether its day's
  // deadline has passed, and its snapshot counts.
  bool may_begin(Date date);
  std::optional<bittensor::BlockStamp> deadline(Date date);
  // Of that block; empty where it is not known.
  std::string deadline_hash(const std::string& date) const;
  // Notes what stood at the deadline, once. REQUIRES: the round's miners are enrolled.
  void read_commitments(const std::string& date);
  void say_unscored(Date date, const char* why);
  // When the day's truth became known, in milliseconds since 1970. REQUIRES: it is published.
  std::int64_t truth_known_ms(Date date);
  bool is_truth_too_early(Date date);
  // Notes how many hotkeys the subnet had at the deadline; REQUIRES: it has passed.
  void count_hotkeys(const std::string& date, const bittensor::Metagraph& graph);
  // Among which a round's answers are trusted.
  std::size_t hotkeys(const std::string& date) const;
  void check_commitments(const RoundRecord& round, const Day& day, Answers& answers);

  void ask_everyone(const RoundRecord& round, const Day& day);
  void ask_some_again(const RoundRecord& round, const Day& day);
  // Asks and stores; `final_attempt` stores failures too.
  void ask(const RoundRecord& round, const Day& day, Asked asked,
           const std::vector<MinerRecord>& miners, bool final_attempt);
  void store_answer(const RoundRecord& round, Asked asked, AnswerRecord record, IncomingBody* body);

  Answers read_answers(const RoundRecord& round, const Day& day);
  validation::Entrant entrant_of(const AnswerRecord& answer, const Day& day) const;
  void add_other_days(const Day& day, Answers& answers);
  void add_second_answers(const RoundRecord& round, const Day& day, Answers& answers);
  void judge(const RoundRecord& round, const Day& day, Stage stage, const std::vector<int>& labels,
             const std::string& truth_sha256, Answers& answers);
  void add_unchanged_checks(const RoundRecord& round, const Day& day, const Answers& answers,
                            std::vector<VerdictRecord>& records);
  // What of the kept models is scored: all, or what anyone has now (last_in_roles()).
  enum class Kept { all, last };
  std::vector<validation::Reference> references(const std::string& date, const Day& day, Kept kept);
  std::vector<std::string> train_references(Date before);
  bool train_in_time(std::span<const Date> dates, std::span<const std::size_t> missing,
                     std::size_t labelled);
  std::vector<Date> published_truths(Date before, int most);

  // What is paid (contributions.cpp).
  class Truths;
  std::vector<std::string> public_truths(const std::string& date);
  std::vector<std::string> usable_truths(const std::string& date);
  validation::PublicColumns public_columns(const Day& day,
                                           std::span<const validation::Reference> references,
                                           std::span<const std::string> roles, std::size_t labels,
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
  void ask_later(const RoundRecord& round, const Day& day);
  // What proves who said what stays in the ledger.
  void remove_old(Date newest);

  ValidatorOptions options_;
  DaySource& days_;
  Asker& asker_;
  bittensor::ChainClient& chain_;
  Clock& clock_;
  Archive& archive_;
  bittensor::Keypair hotkey_;
  Ledger& ledger_;
  std::string secret_;
  WeightSender sender_;
  std::set<std::string> unscored_;  // days that were said to be
  std::vector<std::string> said_;   // warnings about the chain that stand
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
