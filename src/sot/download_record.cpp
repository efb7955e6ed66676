#include "sot/download_record.h"

#include <nlohmann/json.hpp>

#include "base/files.h"

namespace aml::sot {

std::string DownloadRecord::to_json() const {
  nlohmann::ordered_json json{{"source", source}, {"files", nlohmann::ordered_json::object()}};
  for (const auto& [name, file] : files) {
    json["files"][name] = {{"size", file.size},
                           {"etag", file.etag},
                           {file.hash == HashKind::md5 ? "md5" : "sha256", file.digest}};
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::optional<DownloadRecord> DownloadRecord::read(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kFileName;
  if (!file_size_if_exists(path)) {
    return std::nullopt;
  }
  try {
    const auto json = nlohmann::json::parse(read_file(path));
    DownloadRecord record;
    json.at("source").get_to(record.source);
    for (const auto& [name, entry] : json.at("files").items()) {
      RecordedFile& file = record.files[name];
      entry.at("size").get_to(file.size);
      entry.at("etag").get_to(file.etag);
      file.hash = entry.contains("md5") ? HashKind::md5 : HashKind::sha256;
      entry.at(file.hash == HashKind::md5 ? "md5" : "sha256").get_to(file.digest);
    }
    return record;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace aml::sot
