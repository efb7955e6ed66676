#include "models/first_stage_training.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/threads.h"
#include "flows/facts.h"
#include "forest/forest_text.h"

namespace aml::models {

namespace {

constexpr const char* kName = "an address scorer that is being trained";
constexpr std::size_t kNoDay = static_cast<std::size_t>(-1);
constexpr std::uint64_t kSeed = 42;

// FNV-1a of the text, mixed with a seed (the finalizer of SplitMix64).
std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 14695981039346656037U ^ (seed * 0x9e3779b97f4a7c15U);
  for (const char letter : text) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 1099511628211U;
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
  return hash ^ (hash >> 31);
}

int fold_of(std::uint64_t hash) {
  return static_cast<int>((hash >> 32) % static_cast<std::uint64_t>(kFirstStageFolds)) + 1;
}

std::vector<int> folds_of(const AddressWindow& window) {
  const flows::Graph& graph = *window.graph;
  std::vector<std::uint64_t> hashes(graph.addresses());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    hashes[i] = hash_of(graph.text(static_cast<flows::Address>(i)), kSeed);
  }
  struct Community {
    std::size_t addresses = 0;
    std::uint64_t hash = ~std::uint64_t{0};  // the least of its addresses'
  };
  std::map<std::uint32_t, Community> communities;
  for (std::size_t i = 0; i < window.communities.size(); ++i) {
    if (window.communities[i] == flows::kNoCommunity) continue;
    Community& one = communities[window.communities[i]];
    ++one.addresses;
    one.hash = std::min(one.hash, hashes[i]);
  }
  std::vector<int> folds;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto found =
        window.communities.empty() ? communities.end() : communities.find(window.communities[i]);
    const bool is_small =
        found != communities.end() && found->second.addresses <= kLargestCommunity;
    folds.push_back(fold_of(is_small ? found->second.hash : hashes[i]));
  }
  return folds;
}

// The fold of an address on a day; 0 where the day does not have it.
int fold_on(const AddressDay& day, std::string_view text) {
  for (const AddressDay::Window& window : day.windows) {
    const auto address = window.around.graph->find(text);
    if (address) return window.folds[*address];
  }
  return 0;
}

// Rows of a window that are learned from, row by row as LightGBM takes them.
FloatRows gather(const AddressDay::Window& window, const std::vector<std::size_t>& rows) {
  FloatRows gathered;
  const std::size_t features = window.columns.size();
  gathered.values.resize(rows.size() * features);
  for (std::size_t f = 0; f < features; ++f) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      gathered.values[i * features + f] = window.columns[f][rows[i]];
    }
  }
  for (const std::size_t row : rows) {
    gathered.labels.push_back(static_cast<float>(window.labels[row]));
  }
  return gathered;
}

TrainParameters recipe_of(std::size_t rows) {
  TrainParameters parameters;
  // Twice as many bring nothing and cost twice the time.
  parameters.values["num_iterations"] = "100";
  constexpr std::size_t kLeavesOfRows = 25;
  std::string& leaf_rows = parameters.values.at("min_data_in_leaf");
  leaf_rows = std::to_string(std::clamp<std::size_t>(
      rows / kLeavesOfRows, 2, static_cast<std::size_t>(std::stoi(leaf_rows))));
  return parameters;
}

// Scores all addresses of a window; where there is no model, none.
void score_window(const std::optional<forest::Model>& model, const AddressDay::Window& window,
                  int fold, AddressScores& scores) {
  if (!model) return;
  const std::vector<std::span<const float>> columns(window.columns.begin(), window.columns.end());
  if (fold == 0) {
    score_addresses(*model, columns, window.addresses, 1, scores);
    return;
  }
  AddressScores all(scores.size(), -1);
  score_addresses(*model, columns, window.addresses, 1, all);
  for (const flows::Address address : window.addresses) {
    if (window.folds[address] == fold) scores[address] = all[address];
  }
}

std::optional<forest::Model> model_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return std::optional<forest::Model>(std::in_place, forest::read_forest(text, kName), kName);
}

}  // namespace

void set_folds(AddressDay::Window& window) { window.folds = folds_of(window.around); }

snapshot::AddressVisitor keep_addresses(AddressDay& day) {
  return [&day](const snapshot::AddressView& view) {
    AddressDay::Window& window = day.windows.emplace_back();
    window.around = keep_window(view);
    window.addresses = view.all();
    window.columns.resize(snapshot::AddressView::names().size());
    for (auto& column : window.columns) column.reserve(window.addresses.size());
    view.read(window.addresses, [&](std::size_t, const snapshot::AddressView::Block& block) {
      for (std::size_t c = 0; c < block.size(); ++c) {
        window.columns[c].insert(window.columns[c].end(), block[c].begin(), block[c].end());
      }
    });
    set_folds(window);
  };
}

void label_addresses(const AlertFacts& facts, const LabelledRows& alerts, AddressDay& day) {
  std::unordered_map<std::int64_t, int> labels;  // by subject_id; -1: alerted, not known
  for (const std::int64_t subject : facts.subjects) labels[subject] = -1;
  for (std::size_t i = 0; i < alerts.rows.size(); ++i) {
    int& label = labels[facts.subjects[alerts.rows[i]]];
    label = std::max(label, alerts.labels[i]);
  }
  for (AddressDay::Window& window : day.windows) {
    std::unordered_map<flows::Address, int> alerted;
    std::size_t known = 0;
    for (const auto& subject : window.around.subjects) {
      const auto label = labels.find(subject.id);
      if (label == labels.end()) continue;
      alerted[subject.address] = label->second;
      known += label->second >= 0 ? 1 : 0;
    }
    window.labels.assign(window.addresses.size(), -1);
    std::vector<std::pair<std::uint64_t, std::size_t>> others;
    for (std::size_t row = 0; row < window.addresses.size(); ++row) {
      const auto found = alerted.find(window.addresses[row]);
      if (found != alerted.end()) {
        window.labels[row] = static_cast<std::int8_t>(found->second);
      } else {
        const auto text = window.around.graph->text(window.addresses[row]);
        others.emplace_back(hash_of(text, kSeed + 1), row);
      }
    }
    std::sort(others.begin(), others.end());
    others.resize(std::min(others.size(), known * kOthersForEach));
    for (const auto& [hash, row] : others) window.labels[row] = 0;
  }
}

FirstStageTraining::FirstStageTraining(std::span<const FirstStageDay> days, int threads)
    : days_(days.begin(), days.end()), threads_(threads), parameters_(recipe_of(rows())) {
  std::vector<std::size_t> all;
  for (std::size_t day = 0; day < days_.size(); ++day) all.push_back(day);
  text_ = train(all, kNoDay, 0);
}

std::size_t FirstStageTraining::rows() const {
  std::size_t rows = 0;
  for (const FirstStageDay& day : days_) {
    for (const AddressDay::Window& window : day.addresses->windows) {
      rows += static_cast<std::size_t>(
          std::count_if(window.labels.begin(), window.labels.end(), [](int l) { return l >= 0; }));
    }
  }
  return rows;
}

std::size_t FirstStageTraining::positives() const {
  std::size_t positives = 0;
  for (const FirstStageDay& day : days_) {
    for (const AddressDay::Window& window : day.addresses->windows) {
      positives += static_cast<std::size_t>(
          std::count(window.labels.begin(), window.labels.end(), std::int8_t{1}));
    }
  }
  return positives;
}

// Of the days' rows but those whose address is in that fold of the day that is held back.
std::string FirstStageTraining::train(std::span<const std::size_t> days, std::size_t held_back,
                                      int fold) const {
  std::vector<FloatRows> parts;
  std::size_t number = 0;
  std::size_t positives = 0;
  for (const std::size_t day : days) {
    for (const AddressDay::Window& window : days_[day].addresses->windows) {
      std::vector<std::size_t> rows;
      for (std::size_t row = 0; row < window.labels.size(); ++row) {
        if (window.labels[row] < 0) continue;
        if (held_back != kNoDay &&
            fold_on(*days_[held_back].addresses,
                    window.around.graph->text(window.addresses[row])) == fold) {
          continue;
        }
        rows.push_back(row);
        positives += window.labels[row] > 0 ? 1 : 0;
      }
      number += rows.size();
      if (!rows.empty()) parts.push_back(gather(window, rows));
    }
  }
  if (positives == 0 || positives == number) return "";
  return Trainer(parts, snapshot::AddressView::names(), parameters_).train();
}

// By window of the day. Where the day is one of those learned from, by models of the others, or of
// itself where it is alone, fold by fold.
std::vector<AddressScores> FirstStageTraining::scores_without(std::span<const std::size_t> learned,
                                                              std::size_t day) const {
  const AddressDay& scored = *days_[day].addresses;
  std::vector<AddressScores> scores;
  for (const AddressDay::Window& window : scored.windows) {
    scores.emplace_back(window.around.graph->addresses(), -1);
  }
  std::vector<std::size_t> others(learned.begin(), learned.end());
  const bool is_learned = std::find(others.begin(), others.end(), day) != others.end();
  if (is_learned && others.size() > 1) std::erase(others, day);
  for (int fold = is_learned ? 1 : 0; fold <= (is_learned ? kFirstStageFolds : 0); ++fold) {
    const auto model = model_of(train(others, fold == 0 ? kNoDay : day, fold));
    for (std::size_t w = 0; w < scores.size(); ++w) {
      score_window(model, scored.windows[w], fold, scores[w]);
    }
  }
  return scores;
}

FirstStageColumns FirstStageTraining::columns_of(const FirstStageDay& day,
                                                 std::span<const AddressScores> scores) const {
  SubjectScores subjects;
  for (std::size_t w = 0; w < scores.size(); ++w) {
    add_subject_scores(day.addresses->windows[w].around, scores[w], 1, subjects);
  }
  return first_stage_columns(*day.facts, subjects);
}

FirstStageColumns FirstStageTraining::columns_of(const FirstStageDay& day) const {
  const auto model = model_of(text_);
  std::vector<AddressScores> scores;
  for (const AddressDay::Window& window : day.addresses->windows) {
    scores.emplace_back(window.around.graph->addresses(), -1);
    score_window(model, window, 0, scores.back());
  }
  return columns_of(day, scores);
}

std::vector<std::vector<FirstStageColumns>> FirstStageTraining::columns(
    std::span<const HeldBackFit> plan) const {
  struct Job {
    std::vector<std::size_t> learned;
    std::size_t day = 0;
  };
  std::vector<Job> jobs;
  std::vector<std::vector<std::size_t>> job_of(plan.size() + 1,
                                               std::vector<std::size_t>(days_.size(), kNoDay));
  const auto want = [&](std::size_t fit, const std::vector<std::size_t>& learned, std::size_t day) {
    const auto same = std::find_if(jobs.begin(), jobs.end(), [&](const Job& job) {
      return job.day == day && job.learned == learned;
    });
    job_of[fit][day] = static_cast<std::size_t>(same - jobs.begin());
    if (same == jobs.end()) jobs.push_back({learned, day});
  };
  std::vector<std::size_t> all;
  for (std::size_t day = 0; day < days_.size(); ++day) all.push_back(day);
  for (const std::size_t day : all) want(plan.size(), all, day);
  for (std::size_t fit = 0; fit < plan.size(); ++fit) {
    for (const std::size_t day : plan[fit].learned) want(fit, plan[fit].learned, day);
    for (const std::size_t day : plan[fit].scored) want(fit, plan[fit].learned, day);
  }
  std::vector<FirstStageColumns> done(jobs.size());
  parallel_blocks(jobs.size(), 1, threads_, [&](std::size_t i, std::size_t) {
    throw_if_stop_requested();
    done[i] = columns_of(days_[jobs[i].day], scores_without(jobs[i].learned, jobs[i].day));
  });
  std::vector<std::vector<FirstStageColumns>> columns(plan.size() + 1);
  for (std::size_t fit = 0; fit < columns.size(); ++fit) {
    columns[fit].resize(days_.size());
    for (std::size_t day = 0; day < days_.size(); ++day) {
      if (job_of[fit][day] != kNoDay) columns[fit][day] = done[job_of[fit][day]];
    }
  }
  return columns;
}

}  // namespace aml::models
