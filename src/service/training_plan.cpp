#include "service/training_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/parse_number.h"
#include "known/kept_day.h"
#include "models/held_back.h"
#include "models/model_file.h"
#include "sot/snapshot.h"

namespace aml::service {

namespace fs = std::filesystem;

namespace {

std::vector<std::uint64_t> groups_of(const std::string& version) {
  std::vector<std::uint64_t> groups;
  for (std::size_t at = 0; at <= version.size();) {
    const std::size_t end = std::min(version.find('.', at), version.size());
    groups.push_back(parse_number<std::uint64_t>(version.substr(at, end - at)).value_or(0));
    at = end + 1;
  }
  return groups;
}

}  // namespace

std::vector<LabelledDay> labelled_days(const fs::path& input_root) {
  std::vector<LabelledDay> days;
  for (const fs::path& folder : list_folder_if_possible(input_root)) {
    const auto date = Date::parse(folder.filename().string());
    if (!date || !file_size_if_exists(folder / sot::kMetaFile)) continue;
    if (const auto truth = known::find_truth(input_root, *date)) {
      days.push_back({*date, folder, truth->path});
    }
  }
  std::ranges::sort(days, {}, &LabelledDay::date);
  return days;
}

std::optional<TrainingPlan> plan_training(std::span<const LabelledDay> days,
                                          const TrainingRules& rules,
                                          std::optional<Date> champion_until) {
  TrainingPlan plan;
  for (auto day = days.rbegin(); day != days.rend(); ++day) {
    if (std::ssize(plan.judged) == rules.judged_days) break;
    if (champion_until && day->date <= *champion_until) break;
    plan.judged.insert(plan.judged.begin(), *day);
  }
  if (plan.judged.empty()) return std::nullopt;
  const Date first = plan.judged.front().date;
  const auto learn_before = [&](Date end) {
    for (const LabelledDay& day : days) {
      if (day.date < end) plan.learned.push_back(day);
    }
  };
  learn_before(first.plus_days(1 - models::kTruthDelayDays));
  if (plan.learned.empty()) learn_before(first);
  if (plan.learned.empty()) return std::nullopt;
  const auto most = static_cast<std::size_t>(rules.most_days);
  if (plan.learned.size() > most) {
    plan.learned.erase(plan.learned.begin(), plan.learned.end() - rules.most_days);
  }
  return plan;
}

std::set<Date> wanted_days(std::span<const LabelledDay> days, const TrainingRules& rules) {
  std::set<Date> wanted;
  if (rules.every_days == 0) return wanted;
  const auto most =
      static_cast<std::size_t>(rules.most_days + rules.judged_days + models::kTruthDelayDays);
  const std::size_t count = std::min(days.size(), most);
  for (const LabelledDay& day : days.subspan(days.size() - count)) wanted.insert(day.date);
  return wanted;
}

std::string fingerprint_of(const TrainingPlan& plan) {
  Hasher hasher(HashKind::sha256);
  for (const auto* days : {&plan.learned, &plan.judged}) {
    for (const LabelledDay& day : *days) {
      hasher.update(
          fmt::format("{} {}\n", day.date.text(), hash_file(HashKind::sha256, day.truth)));
    }
    hasher.update("\n");
  }
  return hasher.finish();
}

bool is_lower_version(const std::string& a, const std::string& b) {
  return groups_of(a) < groups_of(b);
}

std::string next_version(std::span<const std::string> versions) {
  std::vector<std::uint64_t> highest;
  for (const std::string& version : versions) {
    if (models::is_version(version)) highest = std::max(highest, groups_of(version));
  }
  if (highest.empty()) return "1.0.0";
  ++highest.back();
  return fmt::format("{}", fmt::join(highest, "."));
}

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,@%+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace aml::service
