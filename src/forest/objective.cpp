#include "forest/objective.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "forest/text_section.h"

namespace aml::forest {

namespace {

constexpr auto kOutputs = std::to_array<std::pair<std::string_view, Output>>({
    {"", Output::identity},
    {"custom", Output::identity},
    {"regression", Output::identity},
    {"regression_l1", Output::identity},
    {"huber", Output::identity},
    {"fair", Output::identity},
    {"quantile", Output::identity},
    {"mape", Output::identity},
    {"lambdarank", Output::identity},
    {"rank_xendcg", Output::identity},
    {"poisson", Output::exponential},
    {"gamma", Output::exponential},
    {"tweedie", Output::exponential},
    {"binary", Output::sigmoid},
    {"cross_entropy", Output::sigmoid},
    {"cross_entropy_lambda", Output::log1p_exp},
});

std::optional<Output> find_output(std::string_view name) {
  for (const auto& [known, output] : kOutputs) {
    if (known == name) return output;
  }
  return std::nullopt;
}

// LightGBM takes sqrt with every regression, but only these make anything of it.
bool squares(std::string_view name) {
  return name == "regression" || name == "regression_l1" || name == "fair" || name == "quantile" ||
         name == "mape";
}

}  // namespace

std::optional<Objective> parse_objective(std::string_view text) {
  const std::vector<std::string_view> words = split_words(text);
  const std::string_view name = words.empty() ? "" : words[0];
  const std::optional<Output> output = find_output(name);
  if (!output || words.size() > 2) return std::nullopt;
  Objective objective{*output, 1};
  const std::string_view detail = words.size() == 2 ? words[1] : "";
  if (name == "binary") {
    constexpr std::string_view kSigmoid = "sigmoid:";
    if (!detail.starts_with(kSigmoid)) return std::nullopt;
    const auto sigmoid = parse_quick(detail.substr(kSigmoid.size()));
    if (!sigmoid || !(*sigmoid > 0) || !std::isfinite(*sigmoid)) return std::nullopt;
    objective.sigmoid = *sigmoid;
  } else if (detail == "sqrt") {
    if (squares(name)) objective.output = Output::square;
  } else if (!detail.empty()) {
    return std::nullopt;
  }
  return objective;
}

double raw_divisor(const Forest& forest) {
  return forest.average_output ? static_cast<double>(forest.trees.size()) : 1;
}

double output_score(const Forest& forest, double raw) {
  raw /= raw_divisor(forest);
  switch (forest.output) {
    case Output::identity:
      return raw;
    case Output::square:
      return ((raw > 0) - (raw < 0)) * raw * raw;
    case Output::exponential:
      return std::exp(raw);
    case Output::sigmoid:
      return 1.0 / (1.0 + std::exp(-forest.sigmoid * raw));
    case Output::log1p_exp:
      return std::log1p(std::exp(raw));
  }
  throw Error(ErrorKind::internal, "an output that is not known");
}

bool gives_log_odds(const Forest& forest) {
  for (const char* known :
       {"", "custom", "binary sigmoid:1", "cross_entropy", "lambdarank", "rank_xendcg"}) {
    if (forest.objective == known) return true;
  }
  return false;
}

void require_log_odds(const Forest& forest, const std::filesystem::path& path) {
  if (gives_log_odds(forest)) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{} has the objective '{}', whose raw scores are no log-odds; use a "
                          "model of binary (sigmoid 1), cross_entropy, lambdarank, rank_xendcg or "
                          "a custom objective",
                          path.string(), forest.objective));
}

double published_score(double raw) { return 1.0 / (1.0 + std::exp(-raw)); }

}  // namespace aml::forest
