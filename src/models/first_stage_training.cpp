#include "models/first_stage_training.h"

#include <algorithm>
#include <iterator>
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

TrainParameters recipe_of(std::size_t rows) {
  TrainParameters parameters;
  // Twice as many bring nothing and cost twice the time.
  parameters.values["num_iterations"] = "100";
  // As good as LightGBM's 200,000 and 255 (docs/models.md), and a third of the time.
  parameters.values["bin_construct_sample_cnt"] = "50000";
  parameters.values["max_bin"] = "63";
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

FirstStageTraining::FirstStageTraining(std::span<const FirstStageDay> days,
                                       std::span<const HeldBackFit> plan, int threads)
    : days_(days.begin(), days.end()), plan_(plan.begin(), plan.end()), threads_(threads) {
  HeldBackFit all;
  for (std::size_t day = 0; day < days_.size(); ++day) {
    all.learned.push_back(day);
    const auto& windows = days_[day].addresses->windows;
    for (std::size_t w = 0; w < windows.size(); ++w) {
      for (std::size_t i = 0; i < windows[w].labels.size(); ++i) {
        if (windows[w].labels[i] >= 0) rows_.push_back({day, w, i});
      }
    }
  }
  parameters_ = recipe_of(rows_.size());
  add_fit({.days = all.learned, .held_back = kNoDay});
  plan_.push_back(std::move(all));
  for (const HeldBackFit& fit : plan_) {
    for (const auto& used : {fit.learned, fit.scored}) {
      for (const std::size_t day : used) {
        for (Fit& one : fits_of(fit.learned, day)) add_fit(std::move(one));
      }
    }
  }
  grow_all();
}

// Where the day is one of those learned from, by models of the others, or of itself where it is
// alone, fold by fold.
std::vector<FirstStageTraining::Fit> FirstStageTraining::fits_of(
    std::span<const std::size_t> learned, std::size_t day) const {
  std::vector<std::size_t> others(learned.begin(), learned.end());
  std::sort(others.begin(), others.end());
  if (!std::binary_search(others.begin(), others.end(), day)) {
    return {{.days = std::move(others), .held_back = kNoDay}};
  }
  if (others.size() > 1) std::erase(others, day);
  std::vector<Fit> fits;
  for (int fold = 1; fold <= kFirstStageFolds; ++fold) fits.push_back({others, day, fold});
  return fits;
}

std::vector<FirstStageTraining::Fit>::const_iterator FirstStageTraining::find_fit(
    const Fit& wanted) const {
  return std::find_if(fits_.begin(), fits_.end(), [&](const Fit& one) {
    return one.days == wanted.days && one.held_back == wanted.held_back && one.fold == wanted.fold;
  });
}

void FirstStageTraining::add_fit(Fit fit) {
  if (find_fit(fit) == fits_.end()) fits_.push_back(std::move(fit));
}

int FirstStageTraining::label_of(const Row& row) const {
  return days_[row.day].addresses->windows[row.window].labels[row.number];
}

std::size_t FirstStageTraining::positives() const {
  return static_cast<std::size_t>(std::count_if(
      rows_.begin(), rows_.end(), [this](const Row& row) { return label_of(row) > 0; }));
}

void FirstStageTraining::grow_all() {
  std::map<std::vector<std::size_t>, std::vector<Fit*>> by_days;
  for (Fit& fit : fits_) by_days[fit.days].push_back(&fit);
  std::vector<std::vector<Fit*>> groups;
  for (auto& [days, fits] : by_days) groups.push_back(std::move(fits));
  const auto cost = [](const std::vector<Fit*>& fits) {
    return fits.size() * fits.front()->days.size();
  };
  // The longest first, so that none is left to one thread at the end.
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const auto& a, const auto& b) { return cost(a) > cost(b); });
  parallel_blocks(groups.size(), 1, threads_, [&](std::size_t i, std::size_t) { grow(groups[i]); });
}

TrainingRows FirstStageTraining::training_rows(const std::vector<Row>& rows) const {
  TrainingRows all{.names = snapshot::AddressView::names(), .labels = {}, .read = {}};
  for (const Row& row : rows) all.labels.push_back(static_cast<float>(label_of(row)));
  all.read = [this, &rows](std::span<const std::int32_t> numbers, double* values) {
    const std::size_t features = snapshot::AddressView::names().size();
    for (const std::int32_t number : numbers) {
      const Row& row = rows[static_cast<std::size_t>(number)];
      const auto& columns = days_[row.day].addresses->windows[row.window].columns;
      for (std::size_t c = 0; c < features; ++c) *values++ = columns[c][row.number];
    }
  };
  return all;
}

void FirstStageTraining::grow(std::span<Fit*> fits) const {
  const std::vector<std::size_t>& days = fits.front()->days;
  std::vector<Row> rows;
  std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(rows), [&](const Row& row) {
    return std::binary_search(days.begin(), days.end(), row.day);
  });
  if (rows.empty()) return;
  const Trainer all(training_rows(rows), parameters_);
  for (Fit* fit : fits) {
    throw_if_stop_requested();
    std::vector<std::int32_t> learned;
    std::int64_t positives = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const AddressDay::Window& window = days_[rows[i].day].addresses->windows[rows[i].window];
      if (fit->held_back != kNoDay &&
          fold_on(*days_[fit->held_back].addresses,
                  window.around.graph->text(window.addresses[rows[i].number])) == fit->fold) {
        continue;
      }
      learned.push_back(static_cast<std::int32_t>(i));
      positives += label_of(rows[i]);
    }
    if (positives == 0 || positives == std::ssize(learned)) continue;
    const bool is_part = learned.size() < rows.size();
    fit->text = is_part ? Trainer(all, learned).train() : all.train();
  }
}

// By window of the day.
std::vector<AddressScores> FirstStageTraining::scores_without(std::span<const std::size_t> learned,
                                                              std::size_t day) const {
  const AddressDay& scored = *days_[day].addresses;
  std::vector<AddressScores> scores;
  for (const AddressDay::Window& window : scored.windows) {
    scores.emplace_back(window.around.graph->addresses(), -1);
  }
  for (const Fit& wanted : fits_of(learned, day)) {
    const auto fit = find_fit(wanted);
    const auto model = model_of(fit->text);
    for (std::size_t w = 0; w < scores.size(); ++w) {
      score_window(model, scored.windows[w], fit->fold, scores[w]);
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
  const auto model = model_of(model_text());
  std::vector<AddressScores> scores;
  for (const AddressDay::Window& window : day.addresses->windows) {
    scores.emplace_back(window.around.graph->addresses(), -1);
    score_window(model, window, 0, scores.back());
  }
  return columns_of(day, scores);
}

std::vector<std::vector<FirstStageColumns>> FirstStageTraining::columns() const {
  // Fits of the plan learn from the same days, and so say the same of a day.
  std::map<std::pair<std::vector<std::size_t>, std::size_t>, FirstStageColumns> done;
  for (const HeldBackFit& fit : plan_) {
    for (const auto& used : {fit.learned, fit.scored}) {
      for (const std::size_t day : used) done[{fit.learned, day}];
    }
  }
  std::vector<decltype(done)::value_type*> jobs;
  for (auto& job : done) jobs.push_back(&job);
  parallel_blocks(jobs.size(), 1, threads_, [&](std::size_t i, std::size_t) {
    throw_if_stop_requested();
    const auto& [learned, day] = jobs[i]->first;
    jobs[i]->second = columns_of(days_[day], scores_without(learned, day));
  });
  std::vector<std::vector<FirstStageColumns>> columns(plan_.size());
  for (std::size_t fit = 0; fit < columns.size(); ++fit) {
    columns[fit].resize(days_.size());
    for (const auto& used : {plan_[fit].learned, plan_[fit].scored}) {
      for (const std::size_t day : used) columns[fit][day] = done.at({plan_[fit].learned, day});
    }
  }
  return columns;
}

}  // namespace aml::models
