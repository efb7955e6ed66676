// The source of truth, as `doctor` sees it.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/http_client.h"
#include "commands/doctor_checks.h"
#include "commands/store_options.h"
#include "service/clock.h"
#include "sot/object_store.h"
#include "sot/s3_answers.h"
#include "sot/s3_settings.h"
#include "sot/snapshot.h"

namespace aml::commands {

namespace {

using service::Configuration;

constexpr std::uint64_t kMostAnswerBytes = 1 << 20;
constexpr std::chrono::seconds kPatience{10};
// Requests of validators may be 2 s ahead of a miner's clock (docs/protocol.md), and S3 refuses
// signatures that are a quarter of an hour off.
constexpr double kMostSkewSeconds = 2;
constexpr double kHopelessSkewSeconds = 600;
constexpr int kMostTried = 30;  // of the newest folders, until one has a META.json

bool is_s3(const std::string& address) { return address.starts_with("s3://"); }

void examine_credentials(DoctorReport& report) {
  const std::string tried = "S3_ACCESS_KEY, AWS_ACCESS_KEY_ID and the shared credentials file";
  try {
    const sot::S3Settings settings = sot::s3_settings_from_environment();
    if (settings.credentials) {
      report.add({"credentials", Finding::fine, tried, "there is a whole pair of keys", ""});
    } else {
      report.add({"credentials", Finding::unknown, tried,
                  "there are none: the SOT is asked without a signature",
                  "nothing, where it is open to everyone; otherwise set S3_ACCESS_KEY and "
                  "S3_SECRET_KEY"});
    }
  } catch (const Error& e) {
    report.add({"credentials", Finding::failing, tried, e.what(), "mend what is named"});
  }
}

// How far this machine's clock is ahead of the server's, in seconds; nothing where its answer has
// no time.
std::optional<double> clock_ahead(const sot::S3Settings& settings) {
  using std::chrono::system_clock;
  HttpClient client;
  HttpRequest request(kMostAnswerBytes, kPatience);
  request.url = fmt::format("{}://{}/", settings.endpoint.scheme, settings.endpoint.authority());
  request.ca_file = settings.ca_file;
  const auto before = system_clock::now();
  const HttpResponse response = client.send(request);
  const auto after = system_clock::now();
  const auto time = sot::http_date(response.header("date").value_or(""));
  if (!time) return std::nullopt;
  // The header has whole seconds: it was somewhere within that one.
  const auto ours = before + (after - before) / 2;
  const auto theirs = system_clock::from_time_t(*time) + std::chrono::milliseconds(500);
  return std::chrono::duration<double>(ours - theirs).count();
}

void examine_clock(DoctorReport& report) {
  DoctorCheck check{"clock", Finding::unknown, "the time of the SOT's answer", "", ""};
  try {
    const auto ahead = clock_ahead(sot::s3_settings_from_environment());
    if (!ahead) {
      check.means = "its answer has no time";
    } else {
      const double off = std::abs(*ahead);
      check.means = off <= kMostSkewSeconds ? "this machine's clock agrees with it"
                                            : fmt::format("this machine's clock is {:.0f} s {} it",
                                                          off, *ahead > 0 ? "ahead of" : "behind");
      check.finding = off <= kMostSkewSeconds       ? Finding::fine
                      : off <= kHopelessSkewSeconds ? Finding::wanting
                                                    : Finding::failing;
      if (check.finding != Finding::fine) {
        check.to_do =
            "let the system keep the time (systemd-timesyncd, chrony); validators refuse "
            "and are refused beyond 2 s, S3 beyond a quarter of an hour";
      }
    }
  } catch (const Error& e) {
    check.means = e.what();
  }
  report.add(std::move(check));
}

std::uint64_t bytes_of(const sot::SnapshotMeta& meta) {
  std::uint64_t bytes = 0;
  for (const auto& [name, file] : meta.files) bytes += file.size.value_or(0);
  return bytes;
}

// The newest whole day of the network, as `run` finds it.
std::optional<OfferedDay> newest_day(sot::ObjectStore& store, const Configuration& configuration,
                                     DoctorReport& report) {
  const std::vector<std::string> names = store.folders(configuration.network + "/");
  int tried = 0;
  for (auto name = names.rbegin(); name != names.rend() && tried < kMostTried; ++name) {
    const auto date = Date::parse(*name);
    if (!date || *date > service::last_day(service::now())) continue;  // as `run` passes it over
    ++tried;
    const std::string key =
        sot::SnapshotId{configuration.network, *date, configuration.days}.path() + "/" +
        sot::kMetaFile;
    if (!store.stat(key)) continue;
    try {
      const std::string text = sot::read_object(store, key, sot::kMostMetaBytes);
      return OfferedDay{*date, bytes_of(sot::SnapshotMeta::parse(text, store.address(key)))};
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::bad_input) throw;
      report.add({"sot", Finding::wanting, store.address(key), e.what(),
                  "tell who publishes it: `run` passes that day over"});
    }
  }
  return std::nullopt;
}

void report_freshness(const Configuration& configuration, const std::optional<OfferedDay>& newest,
                      DoctorReport& report) {
  DoctorCheck check{
      "freshness", Finding::fine,
      fmt::format("days of {} with a window of {}", configuration.network, configuration.days), "",
      ""};
  const Date due = service::newest_due(service::now(), configuration.late_after);
  if (!newest) {
    check.finding = Finding::failing;
    check.means = "the SOT has none";
    check.to_do = "check `network` and `days`; ask who publishes them";
  } else if (newest->date < due) {
    check.finding = Finding::wanting;
    check.means = fmt::format("the newest is {}, and {} should be there by now",
                              newest->date.text(), due.text());
    check.to_do = "ask who publishes them; it is fetched as soon as it is there";
  } else {
    check.means = fmt::format("the newest is {}", newest->date.text());
  }
  report.add(std::move(check));
}

}  // namespace

std::optional<OfferedDay> examine_sot(const Configuration& configuration, DoctorReport& report) {
  std::string address = configuration.sot;
  std::optional<OfferedDay> newest;
  bool answers = false;
  try {
    address = sot::sot_address(configuration.sot);
    if (is_s3(address)) examine_credentials(report);
    SotOptions options;
    options.sot = configuration.sot;
    options.attempts = 2;
    const auto store = open_sot(options);
    const auto began = std::chrono::steady_clock::now();
    newest = newest_day(*store, configuration, report);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    answers = true;
    report.add(
        {"sot", Finding::fine, address, fmt::format("it answers, in {:.1f} s", took.count()), ""});
  } catch (const Error& e) {
    report.add({"sot", Finding::failing, address, e.what(),
                e.kind() == ErrorKind::denied ? "set the credentials that its owner gave you"
                                              : "mend network, `sot` or S3_ENDPOINT"});
  }
  if (is_s3(address)) {
    examine_clock(report);
  } else {
    report.add({"clock", Finding::unknown, address, "a folder tells no time", ""});
  }
  if (answers) report_freshness(configuration, newest, report);
  return newest;
}

}  // namespace aml::commands
