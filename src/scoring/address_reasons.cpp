#include "scoring/address_reasons.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_text.h"
#include "base/threads.h"
#include "flows/facts.h"
#include "flows/feature_blocks.h"
#include "forest/feature_names.h"
#include "forest/objective.h"
#include "results/explain_text.h"

namespace aml::scoring {

namespace {

using Json = nlohmann::ordered_json;
using flows::Address;

constexpr std::size_t kRowsAtOnce = 64;  // explained by a thread

struct Counterparty {
  Address address = 0;
  double amount_usd = 0;
};

struct Told {
  std::vector<Counterparty> highest;
  std::size_t counterparties = 0;
  std::size_t in_highest_hundredth = 0;
};

// The line that the highest hundredth of the addresses reach.
std::int32_t highest_hundredth_of(models::AddressScores scores) {
  constexpr std::size_t kHundredths = 100;
  if (scores.empty()) return 0;
  const auto line = scores.end() - static_cast<std::ptrdiff_t>(1 + scores.size() / kHundredths);
  std::nth_element(scores.begin(), line, scores.end());
  return *line;
}

Told told_of(const flows::Graph& graph, const models::AddressScores& scores, std::int32_t line,
             Address address) {
  std::map<Address, double> amounts;
  for (const auto edges : {graph.outgoing(address), graph.incoming(address)}) {
    for (const flows::Edge& edge : edges) {
      amounts[edge.other] += static_cast<double>(std::max<std::int64_t>(0, edge.amount)) /
                             static_cast<double>(flows::kUnitsPerUsd);
    }
  }
  Told told;
  told.counterparties = amounts.size();
  for (const auto& [other, amount] : amounts) {
    told.highest.push_back({other, amount});
    if (scores[other] >= line) ++told.in_highest_hundredth;
  }
  std::stable_sort(told.highest.begin(), told.highest.end(), [&](const auto& a, const auto& b) {
    return scores[a.address] > scores[b.address];
  });
  told.highest.resize(std::min(told.highest.size(), AddressReasons::kCounterparties));
  return told;
}

// What features of addresses mean, where that is written down.
const std::map<std::string, std::string, std::less<>>& meanings() {
  static const auto all = [] {
    std::map<std::string, std::string, std::less<>> found;
    for (const flows::FeatureSet& set : flows::transfer_sets()) {
      for (const flows::Definition& one : set.definitions) {
        found["graph_" + std::string(one.name)] = one.meaning;
      }
    }
    return found;
  }();
  return all;
}

// The strongest reasons of the rows of a block, by address.
using Reasons = std::map<Address, Json>;

Json reasons_of(const std::vector<std::string>& names, std::span<const double> values,
                std::span<const double> contributions) {
  Json reasons = Json::array();
  for (const std::size_t f : results::by_size(contributions.first(names.size()))) {
    if (reasons.size() == AddressReasons::kReasons) break;
    Json reason{{"feature", names[f]}, {"value", values[f]}, {"contribution", contributions[f]}};
    const auto meaning = meanings().find(names[f]);
    if (meaning != meanings().end()) reason["meaning"] = meaning->second;
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

Reasons explain(const forest::Model& model, const snapshot::AddressView& view,
                const std::vector<Address>& addresses) {
  const forest::FeatureNames known(snapshot::AddressView::names());
  const std::vector<std::string>& names = model.feature_names();
  const double divisor = forest::raw_divisor(model.forest());
  const std::size_t width = names.size() + 1;
  Reasons found;
  view.read(addresses, [&](std::size_t first, const snapshot::AddressView::Block& block) {
    const std::size_t rows = block.front().size();
    std::vector<std::vector<double>> columns;
    forest::ModelInput input;
    input.rows = rows;
    for (const std::string& name : names) {
      const std::vector<float>& column = block[known.find(name).value()];
      columns.emplace_back(column.begin(), column.end());
      input.columns.emplace_back(columns.back());
    }
    std::vector<double> contributions(rows * width);
    parallel_blocks(rows, kRowsAtOnce, view.threads(), [&](std::size_t begin, std::size_t end) {
      model.explain(input, begin,
                    std::span(contributions).subspan(begin * width, (end - begin) * width));
    });
    for (double& contribution : contributions) contribution /= divisor;
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<double> values;
      for (const std::vector<double>& column : columns) values.push_back(column[row]);
      found[addresses[first + row]] =
          reasons_of(names, values, std::span(contributions).subspan(row * width, width));
    }
  });
  return found;
}

}  // namespace

void AddressReasons::keep(const snapshot::AddressView& view, models::AddressScores scores) {
  Window window{view, std::move(scores), {}, 0};
  for (const auto& subject : view.subjects()) window.subjects[subject.id] = subject.address;
  window.highest_hundredth = highest_hundredth_of(window.scores);
  windows_.push_back(std::move(window));
}

std::string AddressReasons::as_json(const LoadedModel& model,
                                    std::span<const std::string> alert_ids,
                                    std::span<const std::int64_t> subjects) const {
  std::map<std::size_t, std::string> lines;  // by the alert's place
  for (const Window& window : windows_) {
    const flows::Graph& graph = *window.view.graph();
    std::map<std::size_t, std::pair<Address, Told>> told;
    std::vector<Address> addresses;
    for (std::size_t i = 0; i < alert_ids.size(); ++i) {
      const auto found = window.subjects.find(subjects[i]);
      if (found == window.subjects.end() || lines.contains(i)) continue;
      Told about = told_of(graph, window.scores, window.highest_hundredth, found->second);
      addresses.push_back(found->second);
      for (const Counterparty& other : about.highest) addresses.push_back(other.address);
      told.emplace(i, std::pair(found->second, std::move(about)));
    }
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    if (addresses.empty()) continue;
    const Reasons reasons = explain(*model.model, window.view, addresses);
    const auto of = [&](Address address) {
      return Json{{"address", std::string(graph.text(address))},
                  {"score", static_cast<double>(window.scores[address]) / flows::kWhole},
                  {"reasons", reasons.at(address)}};
    };
    for (const auto& [i, about] : told) {
      Json json = of(about.first);
      json["counterparties"] = about.second.counterparties;
      json["counterparties_in_highest_hundredth"] = about.second.in_highest_hundredth;
      json["highest_counterparties"] = Json::array();
      for (const Counterparty& other : about.second.highest) {
        Json one = of(other.address);
        one["amount_usd"] = other.amount_usd;
        json["highest_counterparties"].push_back(std::move(one));
      }
      lines[i] = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
  }
  std::string text = "{\"model\":";
  append_json_text(text, model.record.file);
  text += ",\"alerts\":{";
  for (const auto& [i, line] : lines) {
    text += text.back() == '{' ? "\n" : ",\n";
    append_json_text(text, alert_ids[i]);
    text += ":" + line;
  }
  return text + "\n}}\n";
}

}  // namespace aml::scoring
