#include "miner/score_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "base/deadline.h"
#include "base/detail.h"
#include "base/error.h"
#include "base/log.h"
#include "miner/decoder.h"
#include "results/metadata.h"

namespace aml::miner {

using bittensor::ScoresKind;

namespace {

// A batch that is replaced between two questions to the API is asked for again, so often.
constexpr int kAttempts = 5;
// Days are named by whoever asks: those there are none of must not add up.
constexpr std::size_t kMostSlots = 1'024;
// Of the API's days, metadata and refusals; lists have a bound of their own.
constexpr std::uint64_t kMostJsonBytes = 4 << 20;

struct Kind {
  const char* path;   // after it the date
  const char* model;  // in metadata.json, whose version an envelope names
};

Kind kind_of(ScoresKind kind) {
  switch (kind) {
    case ScoresKind::alert_rankings:
      return {"/rankings/alerts/", "alert_ranker"};
    case ScoresKind::cluster_scores:
      return {"/scores/clusters/", "cluster_scorer"};
    case ScoresKind::alert_scores:
      break;
  }
  return {"/scores/alerts/", "alert_scorer"};
}

Error unavailable(const std::string& what) { return {ErrorKind::unavailable, what}; }

// The Error that another status than 200 and 304 stands for.
Error failure(const HttpResponse& response) {
  if (response.status == 404) {
    return {ErrorKind::not_found, detail_of(response.body).value_or("no reason given")};
  }
  return unavailable(
      fmt::format("the scores cannot be had at the moment (status {})", response.status));
}

std::string text_member(const std::string& body, const char* name) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains(name) || !json[name].is_string()) {
    throw unavailable("the API answers what it should not");
  }
  return json[name].get<std::string>();
}

}  // namespace

// A list that is kept, or is being fetched.
struct ScoreSource::Slot {
  ListKey key;
  std::mutex fetching;  // one fetch at a time
  // Guarded by the source's mutex:
  std::shared_ptr<const ScoredList> list;
  Clock::time_point confirmed{};
  std::list<std::shared_ptr<Slot>>::iterator used;
};

// A connection to the API that one thread uses for a while.
class ScoreSource::Lease {
 public:
  explicit Lease(ScoreSource& source) : source_(source) {
    const std::lock_guard lock(source_.mutex_);
    if (source_.idle_clients_.empty()) return;
    client_ = std::move(source_.idle_clients_.back());
    source_.idle_clients_.pop_back();
  }
  ~Lease() {
    const std::lock_guard lock(source_.mutex_);
    source_.idle_clients_.push_back(std::move(client_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  HttpClient& client() {
    if (!client_) client_ = std::make_unique<HttpClient>();
    return *client_;
  }

 private:
  ScoreSource& source_;
  std::unique_ptr<HttpClient> client_;
};

void ScoredList::pay(const std::shared_ptr<http::Budget>& from) {
  if (budget == nullptr) {
    budget = from;
    charge = from->charge(0);
  }
  charge.resize(bytes.capacity());
}

ScoreSource::ScoreSource(ApiOptions options)
    : options_(std::move(options)),
      reserve_(options_.budget->add_reserve([this](std::size_t bytes) { give_up(bytes); })) {}
ScoreSource::~ScoreSource() { options_.budget->remove_reserve(reserve_); }

std::size_t ScoreSource::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void ScoreSource::tell_opened(const std::string& date) {
  const std::lock_guard lock(mutex_);
  opened_ = date;
}

std::shared_ptr<ScoreSource::Slot> ScoreSource::slot(const ListKey& key) {
  const std::lock_guard lock(mutex_);
  auto& found = slots_[key];
  if (!found) {
    found = std::make_shared<Slot>();
    found->key = key;
    found->used = used_.insert(used_.begin(), found);
    while (used_.size() > kMostSlots) drop_oldest();
  } else {
    used_.splice(used_.begin(), used_, found->used);
  }
  return found;
}

std::optional<std::string> ScoreSource::latest_at_hand() const {
  const std::lock_guard lock(mutex_);
  if (!latest_ || Clock::now() - latest_->confirmed > options_.freshness) return std::nullopt;
  return latest_->date;
}

std::shared_ptr<const ScoredList> ScoreSource::at_hand(const ListKey& key) {
  ListKey dated = key;
  if (key.date == "latest") {
    const auto date = latest_at_hand();
    if (!date) return nullptr;
    dated.date = *date;
  }
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(dated);
  if (found == slots_.end() || !found->second->list) return nullptr;
  const Slot& slot = *found->second;
  if (Clock::now() - slot.confirmed > options_.freshness) return nullptr;
  used_.splice(used_.begin(), used_, slot.used);
  return slot.list;
}

HttpResponse ScoreSource::get(const std::string& path, HttpHeaders headers,
                              const HttpClient::Sink& sink) {
  Lease lease(*this);
  HttpRequest request(kMostJsonBytes, options_.timeout);
  request.url = options_.url + path;
  request.headers = std::move(headers);
  if (!options_.token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + options_.token);
    const std::lock_guard lock(mutex_);
    if (!opened_.empty()) request.headers.emplace_back(kOpenedField, opened_);
  }
  try {
    return lease.client().send(request, sink);
  } catch (const http::Shortage&) {
    throw;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    log::warning("the API does not answer", {{"reason", e.what()}});
    throw unavailable("the scores cannot be had at the moment");
  }
}

std::string ScoreSource::latest() {
  if (auto date = latest_at_hand()) return *date;
  const HttpResponse response = get("/dates/latest", {}, nullptr);
  if (response.status != 200) throw failure(response);
  const std::string date = text_member(response.body, "latest_date");
  if (!Date::parse(date)) throw unavailable("the API answers what it should not");
  const std::lock_guard lock(mutex_);
  latest_ = Latest{date, Clock::now()};
  return date;
}

std::vector<std::string> ScoreSource::dates() {
  const HttpResponse response = get("/dates/available", {}, nullptr);
  if (response.status != 200) throw failure(response);
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  try {
    return json.at("dates").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    throw unavailable("the API answers what it should not");
  }
}

// Asks for the list between two looks at the batch's metadata, which must not have changed: the
// list does not name its snapshot itself.
std::shared_ptr<const ScoredList> ScoreSource::load(const ListKey& key) {
  const Kind kind = kind_of(key.kind);
  const std::string metadata_path = "/metadata/" + key.date;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const HttpResponse before = get(metadata_path, {}, nullptr);
    if (before.status != 200) throw failure(before);
    auto list = std::make_shared<ScoredList>();
    const HttpResponse response =
        get(kind.path + key.date, {{"Accept", "application/json"}, {"Accept-Encoding", key.coding}},
            [&](std::string_view bytes) {
              list->bytes.append(bytes);
              list->pay(options_.budget);
              return list->bytes.size() <= options_.cache_bytes;
            });
    if (list->bytes.size() > options_.cache_bytes) {
      throw unavailable("the scores are larger than this miner's --cache-mb");
    }
    if (response.status != 200) throw failure(response);
    list->bytes.shrink_to_fit();
    list->pay(options_.budget);
    // Without framing a body that ended early looks whole.
    if (!response.header("content-length") && !response.header("transfer-encoding")) {
      throw unavailable("the API does not say how long its answers are");
    }
    const HttpResponse after =
        get(metadata_path, {{"If-None-Match", before.header("etag").value_or("")}}, nullptr);
    if (after.status != 304 && (after.status != 200 || after.body != before.body)) continue;
    list->coding = response.header("content-encoding").value_or("identity");
    DecodedHash hash(list->coding);
    hash.update(list->bytes);
    list->body_sha256 = hash.finish();
    list->etag = response.header("etag").value_or("");
    try {
      const auto metadata = results::Metadata::parse(before.body, "the API's metadata");
      list->network = metadata.network;
      list->window_days = metadata.window_days;
      list->processing_date = metadata.processing_date;
      list->snapshot_sha256 = metadata.snapshot_sha256;
      list->model_version = metadata.model_version(kind.model);
    } catch (const Error& e) {
      throw unavailable(e.what());
    }
    if (list->processing_date != key.date) throw unavailable("the API answers with another day");
    return list;
  }
  throw unavailable("the day is being replaced faster than it can be read");
}

bool ScoreSource::is_unchanged(const ListKey& key, const ScoredList& list) {
  if (list.etag.empty()) return false;
  const HttpResponse response = get(kind_of(key.kind).path + key.date,
                                    {{"Accept", "application/json"},
                                     {"Accept-Encoding", key.coding},
                                     {"If-None-Match", list.etag}},
                                    [](std::string_view) { return false; });
  if (response.status == 304) return true;
  if (response.status != 200) throw failure(response);
  return false;
}

void ScoreSource::drop_oldest() {
  const std::shared_ptr<Slot> oldest = used_.back();
  if (oldest->list) bytes_ -= oldest->list->bytes.size();
  used_.pop_back();
  slots_.erase(oldest->key);
}

void ScoreSource::give_up(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  std::size_t given = 0;
  for (auto place = used_.end(); place != used_.begin() && given < bytes;) {
    Slot& slot = **--place;
    if (!slot.list || slot.list.use_count() > 1) continue;
    given += slot.list->charge.bytes();
    bytes_ -= slot.list->bytes.size();
    slot.list.reset();
  }
}

void ScoreSource::keep(const std::shared_ptr<Slot>& kept, std::shared_ptr<const ScoredList> list) {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(kept->key);
  if (found == slots_.end() || found->second != kept) return;  // dropped meanwhile
  if (kept->list) bytes_ -= kept->list->bytes.size();
  bytes_ += list->bytes.size();
  kept->list = std::move(list);
  kept->confirmed = Clock::now();
  used_.splice(used_.begin(), used_, kept->used);
  while (bytes_ > options_.cache_bytes && used_.size() > 1) drop_oldest();
}

std::shared_ptr<const ScoredList> ScoreSource::fetch(const ListKey& key) {
  ListKey dated = key;
  if (key.date == "latest") dated.date = latest();
  const std::shared_ptr<Slot> kept = slot(dated);
  const std::lock_guard fetching(kept->fetching);
  if (auto list = at_hand(dated)) return list;  // another thread was faster
  std::shared_ptr<const ScoredList> list;
  {
    const std::lock_guard lock(mutex_);
    list = kept->list;
  }
  if (!list || !is_unchanged(dated, *list)) list = load(dated);
  keep(kept, list);
  return list;
}

}  // namespace aml::miner
