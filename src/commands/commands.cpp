#include "commands/command.h"
#include "commands/sql.h"

namespace aml::commands {

namespace {

constexpr Command kCommands[] = {
    {"simulate", "Make a snapshot of a simulated economy, with its ground truth",
     "aml-miner simulate --network bitcoin --processing-date 2025-10-26 --days 7 --scale 0.1 "
     "--seed 1 --output-dir ./snapshot",
     declare_simulate},
    {"publish", "Upload a snapshot to the source of truth (SOT)",
     "aml-miner publish --input-dir ./snapshot --sot s3://bucket/snapshots", declare_publish},
    {"download", "Fetch and verify a day's snapshot from the SOT",
     "aml-miner download --network bitcoin --processing-date 2025-10-26 --days 7 "
     "--output-dir ./input/2025-10-26",
     declare_download},
    {"process", "Score and rank a day's alerts and clusters",
     "aml-miner process --input-dir ./input/2025-10-26 --output-dir ./output/2025-10-26",
     declare_process},
    {"train", "Train the three models on snapshots with ground truth",
     "aml-miner train --input-dir ./input/2025-10-26 "
     "--ground-truth ./ground_truth_2025-10-26.parquet --models-dir ./my_models",
     declare_train},
    {"promote", "Put other models into use where later days with truth say that they are better",
     "aml-miner promote --models-dir ./trained_models --challenger-dir ./my_models --challenger "
     "1.1.0 --input-dir ./input/2025-11-10 --ground-truth ./ground_truth_2025-11-10.parquet",
     declare_promote},
    {"flows", "Compute features and patterns of a day's money flows",
     "aml-miner flows --input-dir ./input/2025-10-26 --output ./flows.parquet --patterns "
     "./patterns.parquet",
     declare_flows},
    {"predict", "Score any matrix in Parquet with any LightGBM model",
     "aml-miner predict --model ./trained_models/alert_scorer_v1.0.0.txt --input ./matrix.parquet "
     "--output ./scores.parquet --contributions",
     declare_predict},
    {"explain", "Tell why an alert or a cluster has its score",
     "aml-miner explain --input-dir ./input/2025-10-26 --alert-id alert_000001", declare_explain},
    {"card", "Show what a model's card says, as a document for its reviewers",
     "aml-miner card --model ./trained_models/alert_scorer_v1.0.0.txt --markdown", declare_card},
    {"inspect", "Show what a model is made of, and which features matter to it",
     "aml-miner inspect --model ./trained_models/alert_scorer_v1.0.0.txt", declare_inspect},
    {"features", "List the features that the SQL makes, and what each means",
     "aml-miner features --features-dir ./my-features", declare_features},
    {"sql", "Print a day's features as SQL, for DuckDB or Spark",
     "aml-miner sql --engine spark --input-dir ./input/2025-10-26", declare_sql},
    {"evaluate", "Judge scores by the ground truth, and name the better of two",
     "aml-miner evaluate --scores ./output/2025-10-26/alerts_scored.parquet --ground-truth "
     "./ground_truth_2025-10-26.parquet",
     declare_evaluate},
    {"check", "Say what a validator would say of a batch, before it is served",
     "aml-miner check --input-dir ./input/2025-10-26 --output-dir ./output/2025-10-26",
     declare_check},
    {"serve", "Serve the scores of every processed day over HTTP",
     "aml-miner serve --output-root ./output --port 8000", declare_serve},
    {"mcp", "Answer a language model's tools from the scores, over standard input",
     "aml-miner mcp --output-root ./output --input-root ./input", declare_mcp},
    {"cases", "Export and verify the audit trail of decided cases",
     "aml-miner cases export --cases ./cases.sqlite --output ./trail.ndjson", declare_cases},
    {"keep", "Leave of a day the small file that is read once its input is gone",
     "aml-miner keep --input-dir ./input/2025-10-26 --output-dir ./output/2025-10-26",
     declare_keep},
    {"labels", "Write what people decided as ground truth to train on",
     "aml-miner labels export --cases ./cases.sqlite --output-dir ./truth", declare_labels},
    {"run", "Download, process, check and serve every day that comes, unattended",
     "aml-miner run --config ./aml-miner.toml", declare_run},
    {"doctor", "Say what stands in the way of `run`, and what to do",
     "aml-miner doctor --config ./aml-miner.toml", declare_doctor},
    {"mine", "Answer Bittensor validators with the API's scores, signed",
     "aml-miner mine --api http://127.0.0.1:8000 --wallet miner --hotkey default --netuid 1 "
     "--external-ip 203.0.113.7",
     declare_mine},
    {"validate", "Ask all miners, judge them, make the ensemble and set weights",
     "aml-miner validate --network bitcoin --sot s3://bucket/snapshots --data-dir ./validator "
     "--wallet validator --hotkey default --netuid 1",
     declare_validate},
    {"ask", "Ask a miner for scores as a validator does, and verify them",
     "aml-miner ask --miner 127.0.0.1:8091 "
     "--hotkey 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty --date latest --wallet validator",
     declare_ask},
    {"wallet", "Show a hotkey, sign and verify with it",
     "aml-miner wallet show --wallet miner --hotkey default", declare_wallet},
};

}  // namespace

std::span<const Command> all_commands() { return kCommands; }

}  // namespace aml::commands
