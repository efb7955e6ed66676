#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "known/known.h"
#include "sot/object_store.h"
#include "validator/address_labels.h"
#include "validator/days.h"
#include "validator/options.h"

namespace aml::validator {

// Days of an SOT, in folders below a validator's data folder: snapshots/, labels/, truth/, traps/
// and references/.
class SnapshotDays : public DaySource {
 public:
  // The stores must outlive it; `labels` has the address labels, null: there are none.
  SnapshotDays(ValidatorOptions options, sot::ObjectStore& store,
               sot::ObjectStore* labels = nullptr);

  Date newest() override;
  std::vector<Date> folders() override;
  bool is_published(Date date) override;
  bool is_truth_published(Date date) override;
  std::optional<std::int64_t> published_ms(Date date) override;
  std::optional<std::int64_t> truth_published_ms(Date date) override;
  void fetch_snapshot(Date date) override;
  void fetch_address_labels(Date date) override;
  bool has_snapshot(const std::string& date) const override;
  Day day(const std::string& date) const override;
  bool fetch_truth(Date date) override;
  bool has_truth(const std::string& date) const override;
  std::string truth_sha256(const std::string& date) const override;
  std::vector<int> labels(const std::string& date,
                          const validation::AlertIndex& alerts) const override;
  KnownTruth known_truth(const std::string& date) const override;
  std::vector<validation::PlantedTrap> planted_traps(const std::string& date,
                                                     const validation::AlertIndex& alerts) override;
  std::vector<std::string> given_models() const override;
  std::vector<std::string> trained_models() const override;
  std::string model_name(std::span<const Date> dates) const override;
  void train_models(std::span<const Date> dates, std::span<const std::size_t> counts) override;
  std::size_t labelled(std::span<const Date> dates) const override;
  std::string labelled_model_name(std::span<const Date> dates) const override;
  void train_labelled_model(std::span<const Date> dates) override;
  std::vector<double> given_scores(const std::string& name, const Day& day) const override;
  std::vector<double> trained_scores(const std::string& name, const Day& day) const override;
  void remove_before(Date oldest) override;

 private:
  std::filesystem::path folder(const char* name) const { return options_.data_dir / name; }
  std::filesystem::path snapshot_folder(const std::string& date) const;
  std::filesystem::path truth_file(const std::string& date) const;
  snapshot::SnapshotOptions snapshot_options(const std::string& date) const;
  std::string key(const std::string& date, const std::string& file) const;
  // The recipe on the newest n of `dates` for each n of `counts`, with what is known of a day.
  using KnownOf = std::function<known::KnownFiles(Date date)>;
  using NameOf = std::function<std::string(std::span<const Date> dates)>;
  void train_each(std::span<const Date> dates, std::span<const std::size_t> counts,
                  const KnownOf& known_of, const NameOf& name_of);
  std::string recipe_inputs(std::span<const Date> dates) const;
  std::optional<std::int64_t> written_ms(Date date, const std::string& file);
  // Fetches an object of the SOT into a file; false where there is none.
  bool fetch(const std::string& object, const std::filesystem::path& file);

  const ValidatorOptions options_;
  sot::ObjectStore& store_;
  AddressLabels labels_;
};

}  // namespace aml::validator
