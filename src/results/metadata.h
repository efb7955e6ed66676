#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace aml::results {

// One of the models that made a batch.
struct ModelRecord {
  std::string version;  // "1.0.0", from the file's name
  std::string file;     // "alert_scorer_v1.0.0.txt"
  std::string sha256;   // of the file's bytes, lowercase hex
  // "same" where it was trained with the feature SQL of this batch, "other", or "unknown" where its
  // card does not say; and for "other" what differs, a phrase each.
  std::string feature_sql = "unknown";
  std::vector<std::string> feature_sql_differences{};
  // How its raw scores became probabilities and scores, JSON as its card has it; "" without a card.
  std::string calibration{};
};

// How far a batch's day is like the days that its alert scorer learned from; docs/models.md.
struct FitRecord {
  struct Shift {
    std::string feature;
    double index = 0;
    double limit = 0;
  };
  std::string verdict = "unknown";   // or "familiar", "drifting", "foreign"
  std::vector<std::string> reasons;  // a sentence each
  std::size_t features = 0;          // that were compared
  std::size_t shifted = 0;           // of them beyond their limits
  std::vector<Shift> largest;
  double mean_index = 0;
  double score_index = 0;
  std::string compared_with;  // file of the alert scorer; "" in batches of earlier versions
  std::string scored_by;      // file of the model that scored the alerts: the same, or the fallback
};

// A file besides the snapshot's of which something counted (known::KnownFile).
struct KnownFileRecord {
  std::string file;
  std::string kind;         // "labels", "alerts" or "ground_truth"
  std::string sha256;       // lowercase hex
  std::string known_since;  // UTC; empty where each of its rows says so itself
  std::int64_t rows = 0;    // that counted

  friend bool operator==(const KnownFileRecord&, const KnownFileRecord&) = default;
};

// The metadata of a batch that a later version of this program made, of a format that this one does
// not know.
class LaterFormat : public Error {
 public:
  explicit LaterFormat(const std::string& message) : Error(ErrorKind::bad_input, message) {}
};

// metadata.json: what a batch was made of, by what, and how long it took. docs/output.md describes
// it.
struct Metadata {
  std::string processing_date;  // YYYY-MM-DD
  std::string network;          // empty where the snapshot does not say
  std::int64_t window_days = 0;
  std::string processed_at;                          // UTC, "2025-10-26T21:14:03Z"
  std::map<std::string, std::int64_t> input_counts;  // "alerts", "features", …: rows read
  std::map<std::string, std::int64_t>
      output_counts;  // "alerts_scored", "alerts_ranked", "clusters_scored"
  std::map<std::string, double> latencies_ms;  // wall time of every stage
  double total_latency_ms = 0;                 // of the whole run, up to writing this file
  std::map<std::string, ModelRecord> models;   // "alert_scorer", "alert_ranker", "cluster_scorer"
  std::string snapshot_sha256;                 // names the input's content, see sot/snapshot.h
  std::map<std::string, std::string> input_sha256;        // file name → sha256
  std::map<std::string, std::string> feature_sql_sha256;  // SQL file name → sha256
  std::string whole_feature_sql_sha256;                   // see features::SqlIdentity
  std::vector<std::string> feature_groups;                // that were made: "alert__flows", …
  std::vector<std::string> feature_groups_left_out;
  std::string program_version;
  std::vector<std::string> warnings;  // one sentence each
  // Input file, then column: which share of the values that hold something could not be read
  std::map<std::string, std::map<std::string, double>> unreadable{};
  // What became of the rows of money_flows (snapshot::Findings::flow_counts)
  std::map<std::string, std::int64_t> flow_counts{};
  std::vector<KnownFileRecord> known_files{};
  FitRecord fit{};
  std::string shadow{};  // how a shadow's scores compare, JSON; "" without one
  // What another engine that made the features says of itself, a JSON object; "" without one
  std::string engine{};

  // "1.0.0" of a model, or "" where the batch has no such model.
  std::string model_version(const std::string& model) const;

  std::string to_json() const;
  // Throws Error{bad_input} naming `where` for text that is not the metadata.json of a batch of
  // this program; LaterFormat where a later version made it.
  static Metadata parse(std::string_view json, const std::string& where);
};

}  // namespace aml::results
