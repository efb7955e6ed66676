#include "service/settings.h"

#include <algorithm>
#include <utility>

namespace aml::service {

namespace {

using enum SettingType;

constexpr double kMostDays = 36'500;
constexpr double kMostThreads = 1024;
constexpr double kMostRows = 9e15;
constexpr double kAny = std::numeric_limits<double>::max();

constexpr Setting kSettings[] = {
    {"", "network", text, R"("bitcoin")", 0, kAny,
     "The network whose snapshots are taken; this or `networks` must be there"},
    {"", "networks", texts, R"(["bitcoin", "ethereum"])", 0, kAny,
     "Several, at most 16, of small letters, digits, - and _: each has its own folders, "
     "{network}/{date}/ below input-root and output-root, and one server has all. `network`, else "
     "the first, answers where none is named, and is mined"},
    {"", "days", integer, "7", 1, kMostDays, "Length of the snapshots' window in days"},
    {"", "sot", text, R"("s3://bucket/snapshots")", 0, kAny,
     "Where snapshots lie, as `--sot` of `download` (default: s3://$S3_BUCKET/snapshots); "
     "credentials come from the environment alone"},
    {"", "input-root", text, R"("./input")", 0, kAny, "Folder of the inputs, {date}/ each"},
    {"", "output-root", text, R"("./output")", 0, kAny, "Folder of the batches, {date}/ each"},
    {"", "models-dir", text, R"("./trained_models")", 0, kAny,
     "As `--models-dir` of `process` and `check`; with train.retrain of `process` alone, since "
     "nobody else has what a training made: `check` then takes the program's own models"},
    {"schedule", "poll-seconds", number, "300", 0.1, 86'400,
     "Seconds between two looks at the SOT, a tenth more or less"},
    {"schedule", "late-after-hours", number, "48", 1, 8'760,
     "Hours after a day began (00:00 UTC), beyond which a warning says that its snapshot is late"},
    {"schedule", "catch-up-days", integer, "7", 1, 366,
     "Days that are looked at, back from the newest"},
    {"retention", "input-days", integer, "60", 0, kMostDays,
     "Inputs older than the newest by more days are removed (0: none)"},
    {"retention", "input-gb", number, "0", 0, 1e6,
     "The oldest inputs go where all together have more gigabytes (0: no bound)"},
    {"retention", "output-days", integer, "365", 0, kMostDays,
     "Batches older than the newest by more days are removed (0: none)"},
    {"retention", "output-gb", number, "0", 0, 1e6,
     "The oldest batches go where all together have more gigabytes (0: no bound)"},
    {"webhooks", "url", text, R"("https://example.org/aml-miner")", 0, kAny,
     "Who is told of events (default: nobody)"},
    {"webhooks", "secret-file", text, R"("./webhook-secret")", 0, kAny,
     "Its first line signs the messages (default: they are not signed)"},
    {"webhooks", "events", texts,
     R"(["day.ready", "day.late", "day.failed", "day.foreign", "challenger.ready", "challenger.promoted", "training.failed", "verdict.zero"])",
     0, kAny, "Of which events (default: all)"},
    {"webhooks", "validators", texts, R"(["https://validator.example.org"])", 0, kAny,
     "Addresses of validators' pages, which with `[mine]` are asked once an hour for verdicts on "
     "us (verdict.zero)"},
    {"webhooks", "attempts", integer, "6", 1, 20, "Tries of a message until it is taken"},
    {"webhooks", "timeout-seconds", number, "10", 0.1, 60, "Seconds that each may take"},
    {"stages", "nice", integer, "10", 0, 19, "Niceness of stages, not of the server"},
    {"stages", "timeout-seconds", number, "21600", 1, 604'800,
     "A stage that takes longer is ended, and counts as failed"},
    {"stages", "address-space-gb", number, "0", 0, 1e6,
     "Address space of a stage's process (RLIMIT_AS; 0: no bound); rather bound memory-limit"},
    {"download", "connections", integer, "8", 1, 256},
    {"download", "attempts", integer, "6", 1, 100},
    {"download", "stall-timeout", number, "15", 1, 3600},
    {"download", "labels", flag, "false"},
    {"process", "threads", integer, "0", 0, kMostThreads},
    {"process", "memory-limit", text, R"("4GB")"},
    {"process", "spill-limit", text, R"("100GB")"},
    {"process", "max-rows", integer, "100000000", 1, kMostRows},
    {"process", "model-version", text, R"("1.0.0")"},
    {"process", "on-foreign", text, R"("stock")"},
    {"process", "shadow", text, R"("0.9.0")"},
    {"process", "features-dir", text, R"("./my-features")"},
    {"process", "without", texts, R"(["flows"])"},
    {"process", "labels", texts, R"(["./labels.csv"])"},
    {"process", "history", text, R"("./history")"},
    {"process", "check-ranges", flag, "false"},
    {"process", "top-features", integer, "10", 0, 10'000},
    {"process", "full-explanations", integer, "200", 0, 10'000},
    {"process", "counterfactuals", integer, "0", 0, 1'000},
    {"check", "enabled", flag, "true", 0, kAny,
     "false: batches are published without asking `check`"},
    {"check", "threads", integer, "0", 0, kMostThreads},
    {"check", "memory-limit", text, R"("4GB")"},
    {"check", "max-rows", integer, "100000000", 1, kMostRows},
    {"check", "reference-models", texts, R"(["./other_models"])"},
    {"train", "retrain", text, R"("off")", 0, kAny,
     "How often a challenger may be trained, where truth has appeared: \"off\", \"daily\", "
     "\"weekly\" or a number of days such as \"10\""},
    {"train", "promote", text, R"("ask")", 0, kAny,
     "\"ask\": a better challenger waits for a person; \"auto\": it takes the champion's place"},
    {"train", "most-days", integer, "14", 1, 366, "Days with truth that a challenger learns from"},
    {"train", "judged-days", integer, "7", 1, 60, "Newer ones that it is judged on"},
    {"train", "keep-challengers", integer, "3", 1, 100, "Older ones are removed"},
    {"train", "timeout-seconds", number, "10800", 1, 604'800,
     "A training or judgement that takes longer is ended, and counts as failed"},
    {"train", "threads", integer, "0", 0, kMostThreads},
    {"train", "memory-limit", text, R"("4GB")"},
    {"train", "param", texts, R"(["num_leaves=15"])"},
    {"train", "search", integer, "20", 1, 1'000},
    {"train", "search-seconds", number, "3600", 1, 1e7},
    {"train", "second-stage", flag, "false"},
    {"train", "fallback", flag, "false"},
    {"serve", "enabled", flag, "true", 0, kAny, "false: nothing is served"},
    {"serve", "host", text, R"("127.0.0.1")"},
    {"serve", "port", integer, "8000", 0, 65'535},
    {"serve", "port-file", text, R"("./port")"},
    {"serve", "threads", integer, "0", 0, kMostThreads},
    {"serve", "cache-mb", integer, "512", 16, 1'048'576},
    {"serve", "memory-limit", text, R"("1GB")"},
    {"serve", "max-rows", integer, "100000000", 1, kMostRows},
    {"serve", "max-age", number, "60", 0.01, 87'600},
    {"serve", "web-root", text, R"("./web")"},
    {"serve", "token-file", text, R"("./tokens")"},
    {"serve", "embargo", text, R"("./embargo-tokens")"},
    {"serve", "commitments", text, R"("./commitments")"},
    {"serve", "explorer", texts, R"(["bitcoin=https://explorer.example/address/{address}"])"},
    {"serve", "tls-cert", text, R"("./chain.pem")"},
    {"serve", "tls-key", text, R"("./key.pem")"},
    {"serve", "cors-origin", texts, R"(["https://example.org"])"},
    {"serve", "trusted-proxy", texts, R"(["127.0.0.1"])"},
    {"serve", "cases", text, R"("./cases.sqlite")"},
    {"serve", "cases-users", text, R"("./cases-users")"},
    {"serve", "cases-listen", text, R"("127.0.0.1:8010")"},
    {"serve", "cases-port-file", text, R"("./cases-port")"},
    {"serve", "cases-origin", texts, R"(["https://cases.example.org"])"},
    {"serve", "cases-line", integer, "0", 0, 1e9},
    {"serve", "cases-sample", number, "0.01", 0.0001, 1},
    {"serve", "cases-blind", number, "0.05", 0, 1},
    {"serve", "cases-four-eyes", texts, R"(["report"])"},
    {"serve", "cases-due", integer, "30", 1, 3'650},
    {"serve", "cases-hold", integer, "15", 1, 1'440},
    {"serve", "cases-keep-days", integer, "1827", 1, 36'525},
    {"serve", "max-connections", integer, "10240", 1, 1e9},
    {"serve", "max-header-bytes", integer, "16384", 256, 1e9},
    {"serve", "max-url-bytes", integer, "8192", 64, 1e9},
    {"serve", "min-bytes-per-second", integer, "16384", 1, 1e9},
    {"serve", "request-timeout", number, "10", 0.001, 1e6},
    {"serve", "idle-timeout", number, "60", 0.001, 1e6},
    {"serve", "stall-timeout", number, "30", 0.001, 1e6},
    {"serve", "stop-timeout", number, "10", 0.001, 1e6},
    {"serve", "max-waiting", integer, "4096", 1, 1e6},
    {"mine", "enabled", flag, "false", 0, kAny,
     "true: validators are answered with what is served"},
    {"mine", "wallet-path", text, R"("~/.bittensor/wallets")"},
    {"mine", "wallet", text, R"("default")"},
    {"mine", "hotkey", text, R"("default")"},
    {"mine", "hotkey-file", text, R"("./hotkey")"},
    {"mine", "netuid", integer, "1", 0, 65'535},
    {"mine", "chain", text, R"("adapter")"},
    {"mine", "chain-network", text, R"("finney")"},
    {"mine", "adapter-command", text, R"("./my-adapter")"},
    {"mine", "external-ip", text, R"("203.0.113.7")"},
    {"mine", "external-port", integer, "8091", 0, 65'535},
    {"mine", "no-announce", flag, "false"},
    {"mine", "host", text, R"("0.0.0.0")"},
    {"mine", "port", integer, "8091", 0, 65'535},
    {"mine", "port-file", text, R"("./mine-port")"},
    {"mine", "commit", text, R"("./commitments")"},
    {"mine", "commit-seconds", integer, "15", 1, 3600},
    {"mine", "commit-to", texts,
     R"(["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY@203.0.113.9:9000"])"},
    {"mine", "metagraph-seconds", integer, "300", 1, 86'400},
    {"mine", "metagraph-file", text, R"("./metagraph.json")"},
    {"mine", "min-stake", number, "0", 0, 1e12},
    {"mine", "allow", texts, R"(["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"])"},
    {"mine", "rate-limit", number, "60", 0.001, 1e9},
    {"mine", "max-at-once", integer, "4", 1, 10'000},
    {"mine", "api", text, R"("https://example.org")"},
    {"mine", "api-timeout", number, "30", 0.001, 86'400},
    {"mine", "threads", integer, "0", 0, kMostThreads},
    {"mine", "workers", integer, "4", 1, 1024},
    {"mine", "queue", integer, "256", 1, 100'000},
    {"mine", "cache-mb", integer, "512", 16, 1'048'576},
    {"mine", "v10", flag, "false"},
    {"mine", "trusted-proxy", texts, R"(["127.0.0.1"])"},
    {"mine", "max-connections", integer, "10240", 1, 1e9},
    {"mine", "max-header-bytes", integer, "32768", 256, 1e9},
    {"mine", "max-url-bytes", integer, "8192", 64, 1e9},
    {"mine", "min-bytes-per-second", integer, "16384", 1, 1e9},
    {"mine", "request-timeout", number, "10", 0.001, 1e6},
    {"mine", "idle-timeout", number, "60", 0.001, 1e6},
    {"mine", "stall-timeout", number, "30", 0.001, 1e6},
    {"mine", "stop-timeout", number, "10", 0.001, 1e6},
};

constexpr std::pair<std::string_view, std::string_view> kTables[] = {
    {"webhooks", "[What is sent, and when](operations.md#webhooks)."},
    {"download", "Options of [`download`](sot.md)."},
    {"process", "Options of `process`."},
    {"check", "Options of `check`, which looks at each batch before it is published."},
    {"train",
     "Trains challengers [where truth appears](operations.md#retraining). It needs "
     "`models-dir`: a folder of your own with the three models; with several `networks`, "
     "{network}/ "
     "in it for each. Not together with `process.model-version`. The last ones are options of "
     "[`train`](models.md), `threads` and `memory-limit` also of its `promote`; what the features "
     "are made with is that of `[process]`."},
    {"serve", "Options of [`serve`](api.md)."},
    {"mine",
     "Options of [`mine`](mining.md), which answers Bittensor's validators. `api` is where the "
     "scores are (the server of this service); it must be set where that speaks TLS, or is not "
     "there."},
};

}  // namespace

std::span<const Setting> all_settings() { return kSettings; }

std::string_view table_meaning(std::string_view table) {
  const auto* const found =
      std::ranges::find(kTables, table, &std::pair<std::string_view, std::string_view>::first);
  return found == std::end(kTables) ? std::string_view() : found->second;
}

}  // namespace aml::service
