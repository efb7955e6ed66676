#include "models/search.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "example.h"
#include "models/card_file.h"
#include "models/search_file.h"
#include "models/search_space.h"

namespace aml::models {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::set<std::size_t> scored_days(const std::vector<HeldBackFit>& fits) {
  std::set<std::size_t> days;
  for (const HeldBackFit& fit : fits) days.insert(fit.scored.begin(), fit.scored.end());
  return days;
}

TEST(SearchPlan, JudgesOnDaysThatTheCalibrationIsNotMadeOf) {
  const std::vector<std::string> all{"2025-11-01", "2025-11-02", "2025-11-03", "2025-11-04",
                                     "2025-11-05", "2025-11-06", "2025-11-07", "2025-11-08"};
  for (std::size_t days = 3; days <= all.size(); ++days) {
    const std::vector<std::string> dates(all.begin(),
                                         all.begin() + static_cast<std::ptrdiff_t>(days));
    const SearchPlan plan = plan_search(dates);
    EXPECT_TRUE(plan.is_nested);
    const auto judging = scored_days(plan.fits);
    const auto calibrating = scored_days(plan_held_back(dates, false, plan.calibration_days));
    EXPECT_FALSE(judging.empty());
    EXPECT_EQ(calibrating.size(), std::min<std::size_t>(3, days - 2));
    for (const std::size_t day : judging) EXPECT_FALSE(calibrating.contains(day));
    for (const HeldBackFit& fit : plan.fits) {
      EXPECT_TRUE(fit.is_out_of_time);
      EXPECT_LT(fit.learned.back(), fit.scored.front());
    }
  }
}

TEST(SearchPlan, OfFewDaysSaysThatTheyAreShared) {
  const SearchPlan two = plan_search({"2025-11-01", "2025-11-02"});
  EXPECT_FALSE(two.is_nested);
  EXPECT_EQ(two.calibration_days, 1U);
  EXPECT_EQ(scored_days(two.fits), std::set<std::size_t>{1});
  const SearchPlan one = plan_search({"2025-11-01"});
  EXPECT_FALSE(one.is_nested);
  EXPECT_EQ(one.fits.size(), 3U);
}

TEST(SearchPlan, WaitsForTheTruthWhereItCan) {
  const SearchPlan plan =
      plan_search({"2025-11-01", "2025-11-02", "2025-11-09", "2025-11-10", "2025-11-11"});
  EXPECT_EQ(plan.calibration_days, 3U);
  ASSERT_EQ(plan.fits.size(), 1U);
  EXPECT_THAT(plan.fits[0].scored, ElementsAre(1));
  EXPECT_THAT(plan.fits[0].learned, ElementsAre(0));
}

TEST(SearchSpace, DependsOnSeedAndNumberAlone) {
  const TrainParameters recipe;
  EXPECT_THAT(draw_parameters(0, recipe, {}), IsEmpty());
  EXPECT_EQ(draw_parameters(3, recipe, {}), draw_parameters(3, recipe, {}));
  EXPECT_NE(draw_parameters(3, recipe, {}), draw_parameters(4, recipe, {}));
  EXPECT_NE(draw_parameters(3, recipe, {}), draw_parameters(3, recipe.with({{"seed", "7"}}), {}));
  const LightGbmParameters given{{"num_leaves", "15"}};
  LightGbmParameters rest = draw_parameters(3, recipe, {});
  rest.erase("num_leaves");
  EXPECT_EQ(draw_parameters(3, recipe, given), rest);
}

TEST(SearchSpace, DrawsWhatLightGbmTakes) {
  for (std::size_t trial = 1; trial <= 200; ++trial) {
    std::vector<std::string> texts;
    for (const auto& [name, value] : draw_parameters(trial, {}, {})) {
      texts.push_back(name + "=" + value);
    }
    EXPECT_NO_THROW(parse_parameters(texts)) << trial;
  }
}

TEST(SearchSpace, JudgesTheRecipesOwnNumberOfTrees) {
  EXPECT_THAT(search_stages({}, {}), ElementsAre(50, 100, 150, 200, 300, 400, 500, 600));
  const LightGbmParameters given{{"num_iterations", "70"}};
  EXPECT_THAT(search_stages(TrainParameters{}.with(given), given), ElementsAre(70));
  EXPECT_THAT(search_stages(TrainParameters{}.with(given), {}),
              ElementsAre(50, 70, 100, 150, 200, 300, 400, 500, 600));
}

// Where it could not, its scores would lose their calibration.
TEST(SearchSpace, OfAsManyTrialsAsMayBeFitsIntoACardThatIsRead) {
  Search search{.seed = "42", .days = {0, 1, 2}, .recipe_trees = 70};
  for (std::size_t number = 0; number < kMostTrials; ++number) {
    Trial trial{draw_parameters(number, {}, {}), {}};
    for (const int trees : search_stages(TrainParameters{}.with({{"num_iterations", "70"}}), {})) {
      const double points = 1.0 / static_cast<double>(3 + number);
      trial.stages.push_back({trees, points, {points, points / 3, points / 7}});
    }
    search.trials.push_back(std::move(trial));
  }
  const TemporaryFolder folder;
  nlohmann::ordered_json card{{"model_sha256", "abc"}};
  card["search"] = search_as_json(search, {"2025-11-01", "2025-11-02", "2025-11-03"});
  const std::string text = card.dump(2);
  write_file_atomically(folder.path() / "alert_scorer_v1.0.0.json", text);
  const auto read = read_card(folder.path() / "alert_scorer_v1.0.0.txt", "abc");
  ASSERT_FALSE(read.is_null()) << text.size();
  EXPECT_EQ(read["search"]["all"].size(), kMostTrials);
  EXPECT_LT(text.size(), std::size_t{8} << 20);  // the other half is for all else
}

// Four days of the example, and trees that are quickly grown.
class SearchTest : public ::testing::Test {
 protected:
  SearchTest() {
    for (int day = 0; day < 4; ++day) days_.push_back({example_rows(matrix_), matrix_.ids});
    options_.trials = 3;
    options_.trials_file = folder_.path() / "search.json";
  }

  Search run(int threads = 1) const {
    return search_parameters(days_, plan_, recipe_, given_, options_, threads);
  }

  TemporaryFolder folder_;
  features::FeatureMatrix matrix_ = example_matrix();
  std::vector<FitDay> days_;
  SearchPlan plan_ = plan_search({"2025-11-01", "2025-11-02", "2025-11-03", "2025-11-04"});
  LightGbmParameters given_{{"num_iterations", "6"}};
  TrainParameters recipe_ = TrainParameters{}.with(given_);
  SearchOptions options_;
};

std::string text_of(const Search& search) {
  return search_as_json(search, {"1", "2", "3", "4"}).dump();
}

TEST_F(SearchTest, ChoosesTheTrialWithMostPoints) {
  const Search search = run();
  ASSERT_EQ(search.trials.size(), 3U);
  EXPECT_THAT(search.days, ElementsAre(1));
  for (const Trial& trial : search.trials) {
    EXPECT_LE(trial.best().points, search.trials[search.chosen].best().points);
  }
  EXPECT_EQ(search.recipe_points(), search.trials[0].stages[0].points);
  EXPECT_EQ(search.best().at("num_iterations"), "6");
}

// Their labels are turned round, and nothing changes.
TEST_F(SearchTest, LearnsFromNoDayThatTheCalibrationIsMadeOf) {
  const Search before = run();
  options_.trials_file.clear();
  for (std::size_t day = 2; day < 4; ++day) {
    for (int& label : days_[day].rows.labels) label = 1 - label;
  }
  EXPECT_EQ(text_of(run()), text_of(before));
}

TEST_F(SearchTest, IsTheSameOnEveryThreadAndWhenItGoesOn) {
  const Search whole = run();
  options_.trials_file = folder_.path() / "other.json";
  EXPECT_EQ(text_of(run(3)), text_of(whole));

  options_.trials_file = folder_.path() / "parted.json";
  options_.trials = 1;
  run();
  options_.trials = 3;
  EXPECT_EQ(text_of(run()), text_of(whole));
  EXPECT_EQ(read_file(folder_.path() / "parted.json"), read_file(folder_.path() / "search.json"));
}

TEST_F(SearchTest, TakesWhatIsKeptOfTheSameDaysAlone) {
  run();
  const SearchPlan& plan = plan_;
  const std::string key = search_key(days_, plan, recipe_, given_, {});
  KeptTrials kept = read_kept_trials(options_.trials_file, key);
  ASSERT_EQ(kept.trials.size(), 3U);
  kept.trials.at(1).stages[0].points = 0.5;  // what no run would find
  write_kept_trials(options_.trials_file, key, kept);
  EXPECT_EQ(run().trials[1].stages[0].points, 0.5);

  days_[0].rows.labels[0] = 1 - days_[0].rows.labels[0];
  EXPECT_NE(search_key(days_, plan, recipe_, given_, {}), key);
  EXPECT_LT(run().trials[1].stages[0].points, 0.5);
}

TEST_F(SearchTest, BeginsAnewWhereWhatIsKeptIsDamaged) {
  const std::string whole = text_of(run());
  for (const char* damaged : {"", "{", "[]", "{\"format_version\":1}", "null"}) {
    write_file_atomically(options_.trials_file, damaged);
    EXPECT_EQ(text_of(run()), whole) << damaged;
  }
  std::filesystem::resize_file(options_.trials_file, kMostTrialsBytes + 1);
  EXPECT_EQ(text_of(run()), whole);
}

TEST_F(SearchTest, EndsWithItsTimeAfterTheRecipe) {
  options_.seconds = 1e-9;
  const Search search = run(2);
  EXPECT_EQ(search.trials.size(), 1U);
  EXPECT_EQ(search.chosen, 0U);
}

TEST_F(SearchTest, NeedsADayOfBothClasses) {
  days_[1].rows.labels.assign(days_[1].rows.labels.size(), 0);
  EXPECT_THROW(run(), Error);
}

}  // namespace
}  // namespace aml::models
