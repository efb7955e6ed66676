// What a network removes, and what stays of it.
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "known/kept_day.h"
#include "results/reader.h"
#include "service/clock.h"
#include "service/day_commands.h"
#include "service/disk.h"
#include "service/network.h"
#include "service/option_words.h"
#include "service/retention.h"

namespace aml::service {

namespace fs = std::filesystem;

namespace {

// A clock that was put back ends the pause.
bool is_pausing(const Failure& failure) {
  return failure.count > 0 && now() >= failure.last &&
         now() < failure.last + pause_after(failure.count);
}

}  // namespace

// Leaves the small file of a day whose input goes. False where it must stay for now.
bool Network::keep(Date date) {
  Failure& failure = unkept_[date];
  if (is_pausing(failure)) return false;
  if (write_kept(date)) {
    unkept_.erase(date);
    return true;
  }
  ++failure.count;
  failure.last = now();
  return false;
}

bool Network::write_kept(Date date) {
  const fs::path input = configuration_.input_root / date.text();
  const fs::path output = configuration_.output_root / date.text();
  std::vector<std::string> arguments{"--input-dir", input.string()};
  if (results::batch_date(output)) {
    arguments.insert(arguments.end(), {"--output-dir", output.string()});
  }
  if (const auto most = option(configuration_.process, "max-rows")) {
    arguments.insert(arguments.end(), {"--max-rows", *most});
  }
  // Of alerts that cannot be read nothing can stay, now or later.
  const int code = run_command(date, "keep", std::move(arguments), kWanting);
  if (code == 0) return true;
  if (stop_requested()) return false;
  // Where the disk is full, only removing helps; the file of an earlier time says nearly all.
  return code == exit_code(ErrorKind::no_space) &&
         file_size_if_exists(known::kept_file(configuration_.input_root, date)).has_value();
}

void Network::remove_old(const std::map<Date, DayState>& days) {
  const Date last = last_day(now());
  std::optional<Date> newest_good;
  for (const auto& [date, day] : days) {
    if (day.published && date <= last) newest_good = date;
  }
  if (!newest_good) return;  // whatever is there may be all there is
  for (const fs::path& root : {configuration_.input_root, configuration_.output_root}) {
    for (const fs::path& path : half_removed(root)) {
      remove(path, [&] { remove_tree(path); });
    }
  }
  remove_inputs(*newest_good);
  remove_outputs(*newest_good);
}

void Network::remove_inputs(Date newest_good) {
  const fs::path& root = configuration_.input_root;
  const Date today(std::chrono::floor<std::chrono::days>(now()));
  for (const Removal& removal : to_remove(stored_days(root), configuration_.inputs, today,
                                          newest_good, training_.wanted())) {
    if (!keep(removal.date)) continue;
    if (removal.is_needed) {
      const bool has_truth = known::find_truth(root, removal.date).has_value();
      log::warning(has_truth
                       ? "an input goes that a training would read: raise retention.input-days or "
                         "retention.input-gb, or lower train.most-days"
                       : "an input goes before its truth is known: raise retention.input-days or "
                         "retention.input-gb to train on it",
                   {{"processing_date", removal.date.text()}});
    }
    remove_folder(root, removal.date);
  }
  try {
    forget_kept(root);
  } catch (const Error& e) {
    log::error(e.what());
  }
}

void Network::remove_outputs(Date newest_good) {
  const Date today(std::chrono::floor<std::chrono::days>(now()));
  for (const Removal& removal : to_remove(stored_days(configuration_.output_root),
                                          configuration_.outputs, today, newest_good)) {
    // Its scores stay with the input, which stays longer.
    const fs::path input = configuration_.input_root / removal.date.text();
    if (is_reachable_folder(input) && !keep(removal.date)) continue;
    remove_folder(configuration_.output_root, removal.date);
  }
}

void Network::remove_folder(const fs::path& root, Date date) {
  const bool is_gone = remove(root / date.text(), [&] { remove_day(root, date); });
  if (!is_gone) return;
  log::info("removed an old day", {{"processing_date", date.text()}, {"root", root.string()}});
}

// What cannot be removed keeps nothing else, and is tried again after pauses.
bool Network::remove(const fs::path& path, const std::function<void()>& how) {
  const auto found = unremoved_.find(path);
  if (found != unremoved_.end() && is_pausing(found->second)) return false;
  try {
    how();
    unremoved_.erase(path);
    return true;
  } catch (const Error& e) {
    Failure& failure = unremoved_[path];
    ++failure.count;
    failure.last = now();
    if (first_failure_ == 0) first_failure_ = exit_code(e.kind());
    log::error(e.what(), {{"failures", failure.count}});
  }
  return false;
}

}  // namespace aml::service
