#include "api/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/threads.h"
#include "http/conditional.h"
#include "http/own_routes.h"

namespace aml::api {

namespace {

constexpr std::string_view kLatest = "latest";
constexpr const char* kJsonType = "application/json";

Error no_batch_at_all() {
  return {ErrorKind::unavailable, "no batch has been published yet; try again later"};
}

// Runs `read`, and makes its errors fit for strangers: no paths of the server. Where the batch was
// replaced meanwhile, it must be asked for again (Service does).
template <typename Read>
auto read_from(const Day& day, const char* file, Read read) {
  const auto replaced = [&] {
    return Error(ErrorKind::unavailable,
                 fmt::format("the batch of {} is being replaced; try again", day.date.text()));
  };
  try {
    auto value = read(day.directory / file);
    if (!Archive::is_current(day)) throw replaced();
    return value;
  } catch (const http::Shortage&) {
    throw;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    if (!Archive::is_current(day)) throw replaced();
    log::error(e.what(), {{"processing_date", day.date.text()}});
    throw Error(ErrorKind::unavailable,
                fmt::format("{} of {} cannot be read; that day must be processed again", file,
                            day.date.text()));
  }
}

}  // namespace

std::string cache_key(const Day& day, std::string_view what) {
  return fmt::format("{} {}{}", day.date.text(), day.identity, what);
}

const Day& requested_day(const Exchange& exchange) {
  const auto named = exchange.path.find("date");
  const std::string text(named == exchange.path.end() ? kLatest : named->second);
  if (text == kLatest) {
    exchange.day = exchange.archive.newest();
    if (!exchange.day) throw no_batch_at_all();
    return *exchange.day;
  }
  const std::optional<Date> date = Date::parse(text);
  if (!date) {
    throw Error(ErrorKind::usage,
                "the date in the address must be a day like 2025-10-26, or latest");
  }
  const Found found = exchange.archive.find(*date);
  if (!found.problem.empty()) throw Error(ErrorKind::unavailable, found.problem);
  if (!found.day) {
    const auto newest = exchange.archive.newest();
    if (!newest) throw no_batch_at_all();
    throw Error(ErrorKind::not_found, fmt::format("there is no batch for {}; the newest is {}",
                                                  date->text(), newest->date.text()));
  }
  exchange.day = found.day;
  return *exchange.day;
}

std::string_view cache_control(const Exchange& exchange) {
  const auto named = exchange.path.find("date");
  return named == exchange.path.end() || named->second == kLatest ? "no-cache" : "max-age=300";
}

std::optional<std::string> etag(const Exchange& exchange, const char* file,
                                std::string_view representation) {
  const Day& day = *exchange.day;
  const auto content = exchange.cache.get<std::string>(
      cache_key(day, fmt::format("hash {}", file)), exchange.patience, [&](http::Budget::Charge&) {
        const std::string hash = read_from(day, file, [&](const std::filesystem::path& path) {
          return hash_file(HashKind::sha256, path);
        });
        const auto value = std::make_shared<const std::string>(
            hash_text(HashKind::sha256, hash + day.metadata_text + AML_VERSION));
        return http::Cache::Made<std::string>{value, value->size()};
      });
  if (!content) return std::nullopt;
  return fmt::format("\"{}\"", http::content_tag(fmt::format("{} {}", *content, representation)));
}

std::shared_ptr<const Table> table(const Exchange& exchange, const TableKind& kind) {
  const Day& day = *exchange.day;
  return exchange.cache.get<Table>(
      cache_key(day, fmt::format("table {}", kind.file)), exchange.patience,
      [&](http::Budget::Charge& charge) {
        const auto read = read_from(day, kind.file, [&](const std::filesystem::path& file) {
          return std::make_shared<const Table>(
              read_table(kind, day.metadata, file, available_processors(), charge));
        });
        return http::Cache::Made<Table>{read, read->bytes()};
      });
}

void require_table(const Exchange& exchange, const TableKind& kind) {
  const Day& day = *exchange.day;
  exchange.cache.get<bool>(
      cache_key(day, fmt::format("checked {}", kind.file)), http::Patience::enough,
      [&](http::Budget::Charge& charge) {
        // The ids are in memory meanwhile: about as much as the file.
        charge.resize(file_size_if_exists(day.directory / kind.file).value_or(0));
        read_from(day, kind.file, [&](const std::filesystem::path& file) {
          check_table(kind, file);
          return true;
        });
        return http::Cache::Made<bool>{std::make_shared<const bool>(true), sizeof(bool)};
      });
}

Body file_bytes(const Exchange& exchange, const TableKind& kind) {
  const Day& day = *exchange.day;
  return exchange.cache.get<std::string>(
      cache_key(day, fmt::format("file {}", kind.file)), exchange.patience,
      [&](http::Budget::Charge& charge) {
        require_table(exchange, kind);
        const std::uint64_t size = file_size_if_exists(day.directory / kind.file).value_or(0);
        charge.resize(size);
        const Body bytes =
            http::make_body(read_from(day, kind.file, [&](const std::filesystem::path& file) {
              return read_file(file, size);
            }));
        return http::Cache::Made<std::string>{bytes, bytes->capacity()};
      });
}

Body json_bytes(const Exchange& exchange, const char* file, std::uint64_t most_bytes) {
  const Day& day = *exchange.day;
  return exchange.cache.get<std::string>(
      cache_key(day, fmt::format("file {}", file)), exchange.patience,
      [&](http::Budget::Charge& charge) {
        charge.resize(std::min(file_size_if_exists(day.directory / file).value_or(0), most_bytes));
        const Body bytes =
            http::make_body(read_from(day, file, [&](const std::filesystem::path& path) {
              std::string text = read_file(path, most_bytes);
              if (nlohmann::json::accept(text)) return text;
              throw Error(ErrorKind::bad_input, path.string() + " is no JSON");
            }));
        return http::Cache::Made<std::string>{bytes, bytes->capacity()};
      });
}

Response tagged(const Exchange& exchange, const std::string& etag, Body body) {
  Response response = http::conditional(
      exchange.request,
      http::Representation{.etag = etag, .cache_control = std::string(cache_control(exchange))});
  if (response.status == 200) response.body = std::move(body);
  return response;
}

Response tagged(const Exchange& exchange, const std::string& etag, std::string json) {
  return tagged(exchange, etag, exchange.cache.budget().body(std::move(json)));
}

std::optional<Response> refuse_other_than_json(const Exchange& exchange) {
  return http::refuse_other_than(kJsonType, exchange.request);
}

}  // namespace aml::api
