#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/archive.h"
#include "api/table.h"
#include "evidence/input_root.h"
#include "http/cache.h"
#include "http/message.h"
#include "http/route.h"
#include "http/target.h"

namespace aml::api {

using http::Answer;
using http::Body;
using http::Response;

// A request on its way to an answer: what a route works with.
struct Exchange {
  const Archive& archive;
  const evidence::InputRoot& inputs;
  http::Cache& cache;
  const http::Request& request;
  const http::Target& target;
  const http::PathParameters& path;  // {"date": "2025-10-26"}
  http::Patience patience;
  std::shared_ptr<const Day>& day;  // the batch that answers, once requested_day() named it
  std::chrono::seconds max_age;     // of the newest day, for who asks whether all is ready
  const std::filesystem::path& commitments;  // the miner's folder; empty: none is known
};

// The batch of the path's {date}, which may be "latest", as it is in a path without one. Throws
// Error{usage} where that is no date, Error{not_found} where there is no batch for it,
// Error{unavailable} where there is none at all or the batch is damaged.
const Day& requested_day(const Exchange& exchange);

// "max-age=…" for a dated batch, "no-cache" for "latest".
std::string_view cache_control(const Exchange& exchange);

// The cache's name for something made of this publication of the day's batch.
std::string cache_key(const Day& day, std::string_view what);

// A tag for one representation of something in the day's batch, from the content of `file`, of
// metadata.json, and of `representation`, which names everything else that the bytes depend on.
// Nothing without patience.
std::optional<std::string> etag(const Exchange& exchange, const char* file,
                                std::string_view representation);

// A table of the day, from the cache or the disk; null without patience. Throws Error{unavailable}
// that names the file where it is damaged.
std::shared_ptr<const Table> table(const Exchange& exchange, const TableKind& kind);

// Throws where table() would, without making one: for who reads the file by other means.
void require_table(const Exchange& exchange, const TableKind& kind);

// The bytes of a file of the day's batch, likewise.
Body file_bytes(const Exchange& exchange, const TableKind& kind);

// Likewise of a file of JSON.
Body json_bytes(const Exchange& exchange, const char* file, std::uint64_t most_bytes);

// An answer of the day in JSON, or 304 where the client has it already. The second is for small
// ones that are not kept.
Response tagged(const Exchange& exchange, const std::string& etag, Body body);
Response tagged(const Exchange& exchange, const std::string& etag, std::string json);

// Throws no errors: nothing where the client's Accept header takes JSON, otherwise a 406.
std::optional<Response> refuse_other_than_json(const Exchange& exchange);

}  // namespace aml::api
