// For a transfer received at t, let B be what is left of the seven days before it. With a queue
// that was empty at t - 7 d, B = P - min P', where P is the sum of all money in less all money out
// just before t, and P' the same at any moment of those seven days (Lindley's recursion). The money
// of the transfer is then what goes out after the first B that goes out from t on. All are sums of
// integers over the address's own transfers, so each is found in constant time, or by a search.
#include "flows/rest.h"

#include <algorithm>
#include <deque>

#include "flows/row_writer.h"

namespace aml::flows {

namespace {

constexpr std::uint32_t kHour = 3600;
constexpr std::uint32_t kWithin[] = {1 * kHour, 6 * kHour, 24 * kHour, 72 * kHour, kLongestHorizon};
constexpr std::size_t kPeriods = std::size(kWithin);
constexpr std::uint32_t kRelayWithin = 24 * kHour;

enum Field : std::size_t {
  kReceived,
  kPassedOn,  // and the longer periods
  kUsdHours = kPassedOn + kPeriods,
  kRelays,
  kRelayed,
  kShare,  // and the longer periods
  kMeanRest = kShare + kPeriods,
  kFields
};

// clang-format off
constexpr Definition kDefinitions[] = {
    {"rest_received_usd", Unit::usd, Merge::sum, "≥ 0", "USD received of which it is asked when they were paid on: without change and consolidation"},
    {"passed_on_1h_usd", Unit::usd, Merge::sum, "≥ 0", "USD paid on within an hour, first in, first out"},
    {"passed_on_6h_usd", Unit::usd, Merge::sum, "≥ 0", "USD paid on within 6 hours"},
    {"passed_on_24h_usd", Unit::usd, Merge::sum, "≥ 0", "USD paid on within 24 hours"},
    {"passed_on_72h_usd", Unit::usd, Merge::sum, "≥ 0", "USD paid on within 72 hours"},
    {"passed_on_7d_usd", Unit::usd, Merge::sum, "≥ 0", "USD paid on within seven days"},
    {"rest_usd_hours", Unit::usd_hours, Merge::sum, "≥ 0", "of what was paid on within seven days: USD times the hours they rested"},
    {"relays", Unit::count, Merge::sum, "≥ 0", "transfers received of which 90 to 100 % are paid on by the address's next transfer, within 24 hours"},
    {"relayed_usd", Unit::usd, Merge::sum, "≥ 0", "USD paid by those next transfers"},
    {"passed_on_1h_share", Unit::share, Merge::derived, "0 to 1", "share of the USD received that were paid on within an hour"},
    {"passed_on_6h_share", Unit::share, Merge::derived, "0 to 1", "share paid on within 6 hours"},
    {"passed_on_24h_share", Unit::share, Merge::derived, "0 to 1", "share paid on within 24 hours"},
    {"passed_on_72h_share", Unit::share, Merge::derived, "0 to 1", "share paid on within 72 hours"},
    {"passed_on_7d_share", Unit::share, Merge::derived, "0 to 1", "share paid on within seven days"},
    {"mean_rest_hours", Unit::hours, Merge::derived, "0 to 168", "mean hours that the USD paid on within seven days rested"},
};
// clang-format on
static_assert(std::size(kDefinitions) == kFields);

// A transfer in or out.
struct Event {
  std::uint32_t second = 0;
  std::int64_t amount = 0;
  bool is_incoming = false;
};

// One address's transfers in order, and sums over them.
class Ledger {
 public:
  void read(const Graph& graph, Address address) {
    events_.clear();
    const auto in = graph.incoming(address);
    const auto ids = graph.incoming_ids(address);
    const auto out = graph.outgoing(address);
    const EdgeId first_out = graph.first_outgoing(address);
    for (std::size_t i = 0, o = 0; i < in.size() || o < out.size();) {
      const bool is_in = o == out.size() || (i < in.size() && in[i].second <= out[o].second);
      const Edge& edge = is_in ? in[i] : out[o];
      const EdgeId id = is_in ? ids[i] : first_out + static_cast<EdgeId>(o);
      is_in ? ++i : ++o;
      if (edge.amount == kUnpriced || graph.marks(id) != kNoMark) continue;
      events_.push_back({edge.second, edge.amount, is_in});
    }
    sum_out();
  }
  const std::vector<Event>& events() const { return events_; }

  // Of all money paid, in order, the part from `begin` to `end`: its units times seconds since
  // 1970.
  Wide moment(Wide begin, Wide end) const { return moment_to(end) - moment_to(begin); }
  // Money paid before event `at`, and until the end of a second. The seconds asked ascend.
  Wide paid_before(std::size_t at) const { return paid_before_[at]; }
  Wide paid_until(std::uint64_t second, std::size_t& payment) const {
    while (payment < seconds_.size() && seconds_[payment] <= second) ++payment;
    return payment == 0 ? 0 : paid_[payment - 1];
  }

 private:
  void sum_out() {
    paid_.clear();
    seconds_.clear();
    moments_.clear();
    paid_before_.clear();
    Wide paid = 0;
    Wide moment = 0;
    for (const Event& event : events_) {
      paid_before_.push_back(paid);
      if (event.is_incoming) continue;
      paid += event.amount;
      moment += static_cast<Wide>(event.amount) * event.second;
      paid_.push_back(paid);
      moments_.push_back(moment);
      seconds_.push_back(event.second);
    }
  }
  // Of the first `units` paid.
  Wide moment_to(Wide units) const {
    if (units == 0) return 0;
    const auto last = std::lower_bound(paid_.begin(), paid_.end(), units) - paid_.begin();
    // All of that payment, less what lies beyond.
    return moments_[last] - (paid_[last] - units) * seconds_[last];
  }

  std::vector<Event> events_;
  std::vector<Wide> paid_before_;  // by event
  // By payment: money paid with it and before it, the same times seconds, its second.
  std::vector<Wide> paid_;
  std::vector<Wide> moments_;
  std::vector<std::uint32_t> seconds_;
};

// The least balance since seven days, in constant time: candidates ascend in both.
class LeastBalance {
 public:
  void clear() { candidates_.clear(); }
  void add(std::size_t event, Wide balance) {
    while (!candidates_.empty() && candidates_.back().second >= balance) candidates_.pop_back();
    candidates_.emplace_back(event, balance);
  }
  // Among those of event `first` and later.
  Wide since(std::size_t first) {
    while (candidates_.front().first < first) candidates_.pop_front();
    return candidates_.front().second;
  }

 private:
  std::deque<std::pair<std::size_t, Wide>> candidates_;
};

struct Sums {
  Wide received = 0;
  Wide passed_on[kPeriods] = {};
  Wide usd_hours = 0;
  std::int64_t relays = 0;
  Wide relayed = 0;
};

void add_relay(const std::vector<Event>& events, std::size_t at, Sums& sums) {
  if (at + 1 == events.size()) return;
  const Event& in = events[at];
  const Event& next = events[at + 1];
  if (next.is_incoming || next.second - in.second > kRelayWithin) return;
  if (next.amount > in.amount ||
      static_cast<Wide>(next.amount) * 10 < static_cast<Wide>(in.amount) * 9)
    return;
  ++sums.relays;
  sums.relayed += next.amount;
}

// Sums over the transfers received in the period.
Sums sums_of(const Ledger& ledger, const Period& owned, LeastBalance& least) {
  const std::vector<Event>& events = ledger.events();
  Sums sums;
  Wide balance = 0;
  std::size_t first = 0;  // event of the last seven days
  std::size_t payments[kPeriods] = {};
  least.clear();
  for (std::size_t at = 0; at < events.size(); ++at) {
    const Event& event = events[at];
    while (event.second - events[first].second > kLongestHorizon) ++first;
    // The balance just before each event stands for the moments after the one before it.
    least.add(at, balance);
    if (event.is_incoming && owned.contains(event.second)) {
      const Wide left = balance - least.since(first);
      const Wide begin = ledger.paid_before(at) + left;
      Wide passed_on = 0;
      for (std::size_t i = 0; i < kPeriods; ++i) {
        const Wide paid = ledger.paid_until(std::uint64_t{event.second} + kWithin[i], payments[i]);
        passed_on = std::clamp<Wide>(paid - begin, 0, event.amount);
        sums.passed_on[i] += passed_on;
      }
      if (passed_on > 0) {
        const Wide moment = ledger.moment(begin, begin + passed_on);
        sums.usd_hours += (moment - passed_on * event.second) / kHour;
      }
      sums.received += event.amount;
      add_relay(events, at, sums);
    }
    balance += event.is_incoming ? event.amount : -static_cast<Wide>(event.amount);
  }
  return sums;
}

void measure(const Question& question, std::span<const Address> addresses, Columns& columns) {
  if (!question.graph.has_transfers()) return;
  for_each_address(question, addresses, [&] {
    return
        [&, ledger = Ledger(), least = LeastBalance()](std::size_t row, Address address) mutable {
          Sums sums;
          if (!question.graph.incoming(address).empty()) {
            ledger.read(question.graph, address);
            sums = sums_of(ledger, question.owned, least);
          }
          columns[kReceived].integers[row] = saturated(sums.received);
          for (std::size_t i = 0; i < kPeriods; ++i) {
            columns[kPassedOn + i].integers[row] = saturated(sums.passed_on[i]);
          }
          columns[kUsdHours].integers[row] = saturated(sums.usd_hours);
          columns[kRelays].integers[row] = sums.relays;
          columns[kRelayed].integers[row] = saturated(sums.relayed);
        };
  });
}

void derive(Columns& columns) {
  for (std::size_t row = 0; row < columns[kReceived].integers.size(); ++row) {
    for (std::size_t i = 0; i < kPeriods; ++i) {
      columns[kShare + i].numbers[row] =
          quotient(columns[kPassedOn + i].integers[row], columns[kReceived].integers[row]);
    }
    columns[kMeanRest].numbers[row] =
        quotient(columns[kUsdHours].integers[row], columns[kPassedOn + kPeriods - 1].integers[row]);
  }
}

}  // namespace

FeatureSet rest_set() {
  return {"rest", "how soon money received is paid on, first in, first out", kDefinitions,
          without_preparation<measure>, derive};
}

}  // namespace aml::flows
