#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../base/scratch_folder.h"
#include "base/date.h"
#include "cases/store.h"
#include "cases/trail.h"

namespace aml::cases {

inline constexpr const char* kDay = "2025-10-26";

inline Subject alert(const std::string& id, const std::string& address = "a1") {
  return {.date = kDay, .alert_id = id, .address = address, .rank = 1, .score = 0.5};
}

// A file of cases in a folder of its own.
class CasesFixture : public testing::Test {
 protected:
  static Deed deed(const std::string& author, Verdict verdict = Verdict::report) {
    return {.author = author, .verdict = verdict, .seen_until = 1'000'000};
  }
  std::string path() const { return (folder.path() / "cases").string(); }
  void append(Store& store, const std::string& author, const std::string& id,
              Verdict verdict = Verdict::report) {
    store.append(deed(author, verdict), std::vector{alert(id)});
  }
  TrailFindings verified() const {
    const auto database = open_cases(path(), SqlDatabase::Mode::read_only);
    return verify_cases(*database, path());
  }
  // A time after all that was done until now, and not after what is done next.
  static std::string later() {
    const std::string before = utc_now(true);
    std::string now = before;
    while (now == before) now = utc_now(true);
    return now;
  }
  // The sentence of the conflict; empty where there is none.
  template <typename Work>
  static std::string conflict(Work work) {
    try {
      work();
    } catch (const Conflict& e) {
      return e.what();
    }
    return "";
  }
  test::ScratchFolder folder;
};

}  // namespace aml::cases
