#include "validator/look.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/log.h"
#include "validator/validator.h"

namespace aml::validator {

namespace {

// Does one thing after the other and keeps the first error.
class Looking {
 public:
  explicit Looking(Validator& validator) : validator_(validator) {}

  // False where what comes next would fare no better.
  template <typename Work>
  bool may_go_on(const std::string& what, const Work& work) {
    std::optional<Error> failure;
    try {
      work();
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      failure = e;
    } catch (const std::exception& e) {
      failure = Error(ErrorKind::internal, e.what());
    }
    if (!failure) return true;
    log::warning(fmt::format("{} has to wait", what), {{"why", failure->what()}});
    if (!first_) first_ = failure;
    return failure->kind() != ErrorKind::unavailable;
  }

  bool judge_by(const std::vector<Date>& truths) {
    for (const Date day : truths) {
      if (!may_go_on("the truth of " + day.text(), [&] { validator_.judge_by_truth(day); })) {
        return false;
      }
    }
    return true;
  }

  bool run_round(Date day) {
    std::vector<Date> known;
    may_go_on("what was known before " + day.text(),
              [&] { known = validator_.truths_known_before(day); });
    if (!judge_by(known)) return false;
    return may_go_on("the round of " + day.text(), [&] { validator_.run_round(day); });
  }

  const std::optional<Error>& first() const { return first_; }

 private:
  Validator& validator_;
  std::optional<Error> first_;
};

}  // namespace

std::optional<Error> look(Validator& validator, std::optional<Date> only) {
  Looking looking(validator);
  std::vector<Date> days;
  looking.may_go_on("a new day", [&] { days = only ? std::vector{*only} : validator.days_due(); });
  for (const Date day : days) {
    if (!looking.run_round(day)) break;
  }
  looking.judge_by(validator.truths_due());
  looking.may_go_on("the weights", [&] { validator.tend_weights(); });
  return looking.first();
}

}  // namespace aml::validator
