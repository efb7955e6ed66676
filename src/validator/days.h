#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/date.h"
#include "validator/day.h"

namespace aml::validator {

// What a validator knows of days: which are published, their snapshots, truths and planted traps,
// and the models that anyone has. Functions throw Error{unavailable} where the SOT does not answer,
// and what reading a file throws.
class DaySource {
 public:
  DaySource() = default;
  virtual ~DaySource() = default;
  DaySource(const DaySource&) = delete;
  DaySource& operator=(const DaySource&) = delete;

  // The newest day that is published. Throws Error{not_found} where there is none.
  virtual Date newest() = 0;
  // All days that have a folder, in their order.
  virtual std::vector<Date> folders() = 0;
  virtual bool is_published(Date date) = 0;
  virtual bool is_truth_published(Date date) = 0;
  // When its META.json was written, in milliseconds since 1970; nothing where the SOT does not say.
  virtual std::optional<std::int64_t> published_ms(Date) { return std::nullopt; }
  // Likewise the truth.
  virtual std::optional<std::int64_t> truth_published_ms(Date) { return std::nullopt; }

  // Brings a snapshot here, anew where it is another than before.
  virtual void fetch_snapshot(Date date) = 0;
  // Brings the labels of addresses here that were public before the day's deadline, as far as there
  // are any. Throws Error{unavailable}.
  virtual void fetch_address_labels(Date) {}
  virtual bool has_snapshot(const std::string& date) const = 0;
  virtual Day day(const std::string& date) const = 0;

  // Brings a truth here; false where there is none.
  virtual bool fetch_truth(Date date) = 0;
  virtual bool has_truth(const std::string& date) const = 0;
  virtual std::string truth_sha256(const std::string& date) const = 0;
  // As read_labels() and read_known_truth(). REQUIRES: the truth was fetched.
  virtual std::vector<int> labels(const std::string& date,
                                  const validation::AlertIndex& alerts) const = 0;
  virtual KnownTruth known_truth(const std::string& date) const = 0;

  // None where none are published, or they cannot be read.
  virtual std::vector<validation::PlantedTrap> planted_traps(
      const std::string& date, const validation::AlertIndex& alerts) = 0;

  // The operator's models that anyone has, and those that were trained here: "2025-10-26-days-3" on
  // the newest three days whose truth is published, of which that is the newest (trained_name()),
  // with a hash of what they were trained on behind it (model_name()).
  virtual std::vector<std::string> given_models() const = 0;
  virtual std::vector<std::string> trained_models() const = 0;
  // Of the recipe's model of these days, newest first, as their files are here: another truth or
  // snapshot makes another model. REQUIRES: their snapshots and truths are here.
  virtual std::string model_name(std::span<const Date> dates) const;
  // Trains the stock recipe on the newest n of `dates`, newest first, for each n of `counts`, which
  // ascend: a model is there before older days are read for the next. One that cannot be trained is
  // passed over, and so are those of more alerts than ValidatorOptions::reference_alerts. REQUIRES:
  // their snapshots and truths are here.
  virtual void train_models(std::span<const Date> dates, std::span<const std::size_t> counts) = 0;
  // Of `dates`, newest first, how many from the first on have labels of addresses: of these the
  // recipe that sees labels is one more model that anyone has, "2025-10-26-days-3-labels-" and a
  // hash. As model_name() and train_models().
  virtual std::size_t labelled(std::span<const Date>) const { return 0; }
  virtual std::string labelled_model_name(std::span<const Date> dates) const;
  virtual void train_labelled_model(std::span<const Date>) {}
  // Scores by alert number.
  virtual std::vector<double> given_scores(const std::string& name, const Day& day) const = 0;
  virtual std::vector<double> trained_scores(const std::string& name, const Day& day) const = 0;

  // Removes snapshots and trained models of days before that.
  virtual void remove_before(Date oldest) = 0;
};

// Of the recipe on the newest `days` truths, of which `newest` is the newest; the beginning of
// model_name().
std::string trained_name(Date newest, std::size_t days);
// Of the hash behind it.
inline constexpr std::size_t kModelHashDigits = 16;
// Behind the number of days where the recipe sees labels of addresses.
inline constexpr const char* kLabelsSuffix = "-labels";

// Removes the folders that are named after a day before `oldest`, as far as it can.
void remove_days_before(const std::filesystem::path& folder, Date oldest);

}  // namespace aml::validator
