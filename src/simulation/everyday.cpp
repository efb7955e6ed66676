#include "simulation/everyday.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/threads.h"

namespace aml::simulation {

namespace {

// Each block has its own stream of random numbers.
constexpr std::size_t kBlock = 4096;

// How often people are awake, by local hour; and by weekday, Monday first.
constexpr double kHours[24] = {.20, .12, .08, .06, .06, .10, .25, .45, .60, .72, .80, .85,
                               .90, .85, .80, .80, .85, .92, 1.0, 1.0, .95, .85, .60, .38};
constexpr double kWeekdays[7] = {.90, .92, .92, .95, 1.0, .80, .70};

// What somebody does, by a number in [0, 1): each pastime up to its limit.
constexpr std::array<double, kPastimeCount> kPastimes = {.33, .55, .70, .80, .86, .94, .98, 1};

std::array<double, kPastimeCount> pastimes(const Habits& habits) {
  std::array<double, kPastimeCount> until{};
  double usual = 0;
  double sum = 0;
  bool is_usual = true;
  for (std::size_t i = 0; i < kPastimeCount; ++i) {
    is_usual = is_usual && habits.pastimes[i] == 1;
    sum += (kPastimes[i] - usual) * habits.pastimes[i];
    usual = kPastimes[i];
    until[i] = sum;
  }
  if (is_usual) return kPastimes;
  for (double& limit : until) limit /= sum;
  return until;
}

// Who acts, in proportion to activity.
class Crowd {
 public:
  Crowd(const Economy& economy, const std::vector<Cover>& covers) {
    const IdRange& people = economy.ids(Role::retail);
    ids_.reserve(people.size() + covers.size());
    for (AddressId id = people.begin; id < people.end; ++id) add(id, economy.activity(id));
    for (const Cover& cover : covers) add(cover.id, cover.activity);
  }
  AddressId draw(Random& random) const {
    const double where = random.uniform() * sums_.back();
    const auto found = std::upper_bound(sums_.begin(), sums_.end() - 1, where);
    return ids_[static_cast<std::size_t>(found - sums_.begin())];
  }

 private:
  void add(AddressId id, double weight) {
    ids_.push_back(id);
    sums_.push_back((sums_.empty() ? 0 : sums_.back()) + weight);
  }
  std::vector<AddressId> ids_;
  std::vector<double> sums_;
};

// Writes the flows of one block, no more than it has room for.
class Diary {
 public:
  Diary(const Economy& economy, const Network& network, const Window& window, Random random,
        Flow* begin, Flow* end)
      : economy_(economy),
        network_(network),
        window_(window),
        random_(random),
        until_(pastimes(economy.habits())),
        next_(begin),
        end_(end) {}

  std::size_t room() const { return static_cast<std::size_t>(end_ - next_); }
  Random& random() { return random_; }

  // At least one flow that `id` is part of.
  void touch(AddressId id) {
    const std::int64_t time = moment(id);
    switch (economy_.role(id)) {
      case Role::retail:
      case Role::staged:
        if (random_.chance(0.5)) return pay(economy_.exchange(id), id, spending(id) * 3, time);
        return pay(id, economy_.merchant(id, random_), spending(id), time);
      case Role::deposit: {
        const AddressId owner = id - economy_.ids(Role::deposit).begin;
        return bank(owner, id, spending(owner) * 3, time);
      }
      default:
        return pay(economy_.any(Role::retail, random_), id, spending(id), time);
    }
  }

  // What somebody does on an ordinary day.
  void act(AddressId id) {
    const std::int64_t time = moment(id);
    const double usd = spending(id);
    const double what = random_.uniform();
    if (what < until_[0]) {
      pay(id, economy_.contact(id, random_), usd, time);
    } else if (what < until_[1]) {
      pay(id, economy_.merchant(id, random_), usd, time);
    } else if (what < until_[2]) {
      pay(economy_.exchange(id), id, usd * 3, time);
    } else if (what < until_[3]) {
      bank(id, economy_.deposit(id), usd * 3, time);
    } else if (what < until_[4]) {
      pass_on(id, usd * 2, time);
    } else if (what < until_[5]) {
      there_and_back(id, economy_.any(Role::contract, random_), usd * 2, 0.99, time);
    } else if (what < until_[6]) {
      const double luck = random_.chance(0.45) ? random_.uniform(0.5, 3) : 0;
      there_and_back(id, economy_.any(Role::gambling, random_), usd * 0.5, luck, time);
    } else {
      pay(economy_.any(Role::employer, random_), id, 400 + usd * 5, time);
    }
  }

 private:
  std::int64_t moment(AddressId id) {
    const double shift = economy_.hours_from_utc(id);
    for (;;) {
      const std::int64_t time =
          window_.begin_ms +
          static_cast<std::int64_t>(random_.uniform() * static_cast<double>(window_.length_ms()));
      const std::int64_t day = time / kMsPerDay;
      const double hour = static_cast<double>(time % kMsPerDay) / kMsPerHour + shift;
      const double awake = kHours[static_cast<int>(hour) % 24] * kWeekdays[(day + 3) % 7];
      const double rhythm = economy_.habits().rhythm;
      if (random_.chance(1 - rhythm + rhythm * awake)) return time;
    }
  }

  double spending(AddressId id) {
    const Habits& habits = economy_.habits();
    const double wealth = economy_.wealth(id);
    return random_.log_normal(habits.spending_usd * std::sqrt(wealth) * wealth,
                              habits.spending_spread);
  }

  void pay(AddressId source, AddressId dest, double usd, std::int64_t time_ms) {
    if (next_ == end_) return;
    *next_++ = {std::min(time_ms, window_.end_ms - 1), to_micros(usd, economy_.habits(), random_),
                source, dest, draw_asset(network_, random_)};
  }

  // An exchange sweeps what arrives at its customers' addresses.
  void bank(AddressId id, AddressId deposit, double usd, std::int64_t time_ms) {
    pay(id, deposit, usd, time_ms);
    if (economy_.role(deposit) == Role::deposit) {
      pay(deposit, economy_.deposit(deposit), usd, time_ms + soon(90));
    }
  }

  // From the exchange and on at once, or from a friend and straight to the exchange.
  void pass_on(AddressId id, double usd, std::int64_t time_ms) {
    if (random_.chance(0.5)) {
      pay(economy_.exchange(id), id, usd, time_ms);
      pay(id, economy_.contact(id, random_), usd * 0.98, time_ms + soon(240));
    } else {
      pay(economy_.contact(id, random_), id, usd, time_ms);
      bank(id, economy_.deposit(id), usd * 0.99, time_ms + soon(240));
    }
  }

  void there_and_back(AddressId id, AddressId service, double usd, double returned,
                      std::int64_t time_ms) {
    pay(id, service, usd, time_ms);
    if (returned > 0) pay(service, id, usd * returned, time_ms + soon(30));
  }

  std::int64_t soon(int most_minutes) {
    return kMsPerMinute * random_.between(1, most_minutes) + random_.between(0, 59'999);
  }

  const Economy& economy_;
  const Network& network_;
  const Window& window_;
  Random random_;
  std::array<double, kPastimeCount> until_;  // of act's pastimes
  Flow* next_;
  Flow* end_;
};

std::vector<AddressId> untouched(const Economy& economy, const std::vector<Flow>& flows) {
  std::vector<std::uint8_t> seen(economy.size());
  for (const Flow& flow : flows) seen[flow.source] = seen[flow.dest] = 1;
  std::vector<AddressId> result;
  for (AddressId id = 0; id < economy.size(); ++id) {
    if (seen[id] == 0) result.push_back(id);
  }
  return result;
}

}  // namespace

void add_everyday_flows(const Economy& economy, const Network& network, const Window& window,
                        const std::vector<Cover>& covers, std::size_t flow_count, std::uint64_t key,
                        int threads, std::vector<Flow>& flows) {
  const std::vector<AddressId> first = untouched(economy, flows);
  const std::size_t begin = flows.size();
  // A touch may take two flows.
  if (begin + 2 * first.size() > flow_count) {
    throw Error(ErrorKind::bad_input,
                "the economy has too few flows for its addresses: raise flows_per_address");
  }
  const Crowd crowd(economy, covers);
  flows.resize(flow_count);
  const std::size_t blocks = (flow_count - begin + kBlock - 1) / kBlock;
  // The last block may be too short for its part of the untouched addresses.
  const std::size_t touching = std::max<std::size_t>(1, (flow_count - begin) / kBlock);
  parallel_blocks(blocks, 1, threads, [&](std::size_t block, std::size_t) {
    throw_if_stop_requested();
    Flow* const from = flows.data() + begin + block * kBlock;
    Flow* const to = std::min(from + kBlock, flows.data() + flow_count);
    Diary diary(economy, network, window, Random({key, block}), from, to);
    if (block < touching) {
      for (std::size_t i = block; i < first.size(); i += touching) diary.touch(first[i]);
    }
    while (diary.room() > 0) diary.act(crowd.draw(diary.random()));
  });
}

}  // namespace aml::simulation
