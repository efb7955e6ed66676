#include "miner/posted_commitments.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/date.h"
#include "base/deadline.h"
#include "base/detail.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/http_client.h"
#include "base/log.h"
#include "bittensor/btauth.h"
#include "bittensor/posted_commitment.h"
#include "bittensor/ss58.h"

namespace aml::miner {

using bittensor::PostedCommitment;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kFormat = 1;
constexpr std::uint64_t kMostFileBytes = 1 << 20;
constexpr std::uint64_t kMostAnswerBytes = 4'096;
constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::int64_t kNsPerMs = 1'000'000;
// A validator's clock may be so far behind ours.
constexpr std::int64_t kPatienceMs = 3'600'000;

Error no_chain() { return {ErrorKind::usage, "there is no chain: commitments go to validators"}; }

// What a validator says of itself, within one line of the log.
std::string shown_detail(const HttpResponse& response) {
  constexpr std::size_t kLongest = 200;
  std::string detail = detail_of(response.body).value_or("").substr(0, kLongest);
  std::erase_if(detail, [](char c) { return c < ' ' || c > '~'; });
  return fmt::format("status {} {}", response.status, detail);
}

// Nothing where the answer does not say it.
std::optional<std::int64_t> received_at(const HttpResponse& response) {
  const Json json = Json::parse(response.body, nullptr, false);
  if (!json.is_object() || !json.contains("received_at_ms")) return std::nullopt;
  const Json& at = json["received_at_ms"];
  if (!at.is_number_integer() || at.get<std::int64_t>() <= 0) return std::nullopt;
  return at.get<std::int64_t>();
}

// Of which another try makes nothing else.
bool is_final(int status) { return status == 400 || status == 409 || status == 410; }

}  // namespace

Receiver Receiver::parse(std::string_view text) {
  const Error wrong(ErrorKind::usage,
                    fmt::format("a validator is named SS58@HOST:PORT, not \"{}\"", text));
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) throw wrong;
  const auto place = host_and_port_of(text.substr(at + 1));
  Receiver receiver;
  receiver.hotkey = text.substr(0, at);
  if (!place || !bittensor::ss58_decode(receiver.hotkey)) throw wrong;
  receiver.host = place->host;
  receiver.port = place->port;
  return receiver;
}

PostedCommitments::PostedCommitments(bittensor::Keypair hotkey, PostingOptions options)
    : hotkey_(std::move(hotkey)), options_(std::move(options)) {
  read();
}

std::int64_t PostedCommitments::now_ms() const {
  return options_.now_ms ? options_.now_ms() : bittensor::unix_time_ns() / kNsPerMs;
}

std::uint64_t PostedCommitments::block() {
  return static_cast<std::uint64_t>(now_ms() / kMsPerSecond);
}

std::optional<bittensor::BlockStamp> PostedCommitments::first_block_at(std::int64_t time_ms) {
  return bittensor::first_second_at(time_ms, now_ms());
}

bittensor::CommitmentLogs PostedCommitments::commitments(std::uint16_t) {
  bittensor::CommitmentLogs logs;
  for (const Root& root : roots_) {
    if (root.received.empty()) continue;
    const auto first =
        std::min_element(root.received.begin(), root.received.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    logs[hotkey_.ss58()].push_back({bittensor::entry_of({root.date, root.root}),
                                    static_cast<std::uint64_t>(first->second / kMsPerSecond)});
  }
  return logs;
}

bittensor::ChainReceipt PostedCommitments::commit(std::uint16_t, const std::string& entry) {
  const auto posted = bittensor::posted_of(entry);
  if (!posted) throw Error(ErrorKind::internal, "this is no commitment's entry");
  bittensor::ChainReceipt receipt;
  auto known = std::find_if(roots_.begin(), roots_.end(),
                            [&](const Root& root) { return root.date == posted->processing_date; });
  if (known != roots_.end() && known->root != posted->root) {
    receipt.message = "another root of that day was sent: a second one would void it";
    receipt.is_lasting = true;
    return receipt;
  }
  if (known == roots_.end()) {
    if (roots_.size() >= kKeptRoots) roots_.erase(roots_.begin());
    roots_.push_back({posted->processing_date, posted->root, {}});
    keep();  // before anyone can have it
    known = std::prev(roots_.end());
  }
  receipt.message = post(*known);
  receipt.accepted = !known->received.empty();
  receipt.is_lasting = !receipt.accepted && receipt.message.empty();
  if (receipt.is_lasting) receipt.message = "every validator refused it for good";
  receipt.is_certain = receipt.accepted || receipt.is_lasting;
  return receipt;
}

void PostedCommitments::finish_commits() {
  for (Root& root : roots_) {
    const std::int64_t end = deadline_ms(Date::require(root.date, "a root's day"));
    if (now_ms() >= end + kPatienceMs) continue;
    const std::string why = post(root);
    if (why.empty()) continue;
    log::warning("not every validator has the commitment; it is sent again",
                 {{"date", root.date}, {"reason", why}});
  }
}

std::string PostedCommitments::post(Root& root) {
  std::string all;
  for (const Receiver& receiver : options_.receivers) {
    if (root.received.contains(receiver.hotkey)) continue;
    if (refused_.contains({root.root, receiver.hotkey})) continue;
    std::string why;
    const auto at = post_to(receiver, root, why);
    if (at) {
      root.received[receiver.hotkey] = *at;
      keep();
      log::info("a validator has the commitment",
                {{"date", root.date}, {"validator", receiver.hotkey}});
    } else if (!refused_.contains({root.root, receiver.hotkey})) {
      all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", receiver.hotkey, why);
    }
  }
  return all;
}

std::optional<std::int64_t> PostedCommitments::post_to(const Receiver& receiver, const Root& root,
                                                       std::string& why) {
  const std::string body = PostedCommitment{root.date, root.root}.to_json();
  HttpRequest request(kMostAnswerBytes, options_.timeout);
  request.method = "POST";
  request.url = fmt::format("http://{}{}", host_and_port(receiver.host, receiver.port),
                            bittensor::kCommitmentsPath);
  request.headers =
      bittensor::btauth_sign(hotkey_, "POST", bittensor::kCommitmentsPath, body, receiver.hotkey)
          .headers;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  request.connect_timeout = std::min(request.connect_timeout, options_.timeout);
  try {
    HttpClient client;
    const HttpResponse response = client.send(request);
    if (response.status == 200) {
      const auto at = received_at(response);
      if (!at) why = "its answer does not say when the commitment arrived";
      return at;
    }
    why = shown_detail(response);
    if (!is_final(response.status)) return std::nullopt;
    refused_.insert({root.root, receiver.hotkey});
    log::error("a validator refuses the commitment for good",
               {{"date", root.date}, {"validator", receiver.hotkey}, {"reason", why}});
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    why = e.what();
  }
  return std::nullopt;
}

void PostedCommitments::read() {
  if (!file_size_if_exists(options_.file)) return;
  const Error damaged(ErrorKind::bad_input,
                      fmt::format("{} is damaged: bring it back from a backup, or remove it, and "
                                  "which validator has which commitment is asked anew",
                                  options_.file.string()));
  try {
    const Json json = Json::parse(read_file(options_.file, kMostFileBytes));
    if (json.at("format_version").get<int>() > kFormat) {
      throw Error(ErrorKind::bad_input, options_.file.string() + " was written by a newer program");
    }
    for (const Json& one : json.at("roots")) {
      Root root{one.at("processing_date").get<std::string>(), one.at("root").get<std::string>(),
                one.at("received").get<std::map<std::string, std::int64_t>>()};
      PostedCommitment::parse(PostedCommitment{root.date, root.root}.to_json());
      roots_.push_back(std::move(root));
    }
  } catch (const Json::exception&) {
    throw damaged;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::usage) throw damaged;  // a day or a root that is none
    throw;
  }
}

void PostedCommitments::keep() {
  Json list = Json::array();
  for (const Root& root : roots_) {
    list.push_back(
        {{"processing_date", root.date}, {"root", root.root}, {"received", root.received}});
  }
  write_file_atomically(options_.file,
                        Json{{"format_version", kFormat}, {"roots", list}}.dump(2) + "\n");
}

bittensor::Metagraph PostedCommitments::metagraph(std::uint16_t) { throw no_chain(); }
bittensor::ChainReceipt PostedCommitments::serve_axon(std::uint16_t,
                                                      const bittensor::AxonAddress&) {
  throw no_chain();
}
bittensor::ChainReceipt PostedCommitments::set_weights(std::uint16_t, const bittensor::Weights&) {
  throw no_chain();
}

}  // namespace aml::miner
