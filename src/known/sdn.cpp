// OFAC's list of Specially Designated Nationals. Digital currency addresses stand in sdn.xml as
//   sdnEntry/idList/id: idType "Digital Currency Address - XBT", idNumber
// and in sdn_advanced.xml as Features of the FeatureTypes with such names. Both say on which day
// they were published.
// https://ofac.treasury.gov/specially-designated-nationals-list-data-formats-data-schemas
#include <fmt/format.h>

#include <cstdlib>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "known/label_reader.h"
#include "sot/known_since.h"
#include "sot/xml.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kDigital = "Digital Currency Address";

class SdnReader {
 public:
  // As an element begins.
  void begin(std::string_view path, const sot::XmlAttributes& attributes) {
    if (path.ends_with("/FeatureType")) feature_type_ = attributes.value("ID");
    if (path.ends_with("/Feature")) {
      is_address_ = address_types_.contains(attributes.value("FeatureTypeID"));
    }
  }

  // As it ends.
  void end(std::string_view path, const std::string& text) {
    if (path == "sdnList" || path == "Sanctions") is_list_ = true;
    if (path == "sdnList/publshInformation/Publish_Date") publish_date(trimmed(text));
    if (path == "sdnList/sdnEntry/lastName") name_ = trimmed(text);
    if (path == "sdnList/sdnEntry/idList/id/idType") type_ = trimmed(text);
    if (path == "sdnList/sdnEntry/idList/id/idNumber") number_ = trimmed(text);
    if (path == "sdnList/sdnEntry/idList/id") end_id();
    if (path == "sdnList/sdnEntry") name_entries();
    if (path.ends_with("/FeatureType") && text.starts_with(kDigital)) {
      address_types_.insert(feature_type_);
    }
    if (is_address_ && path.ends_with("/VersionDetail")) add(trimmed(text), std::string(kDigital));
    if (path.ends_with("/Feature")) is_address_ = false;
    if (path == "Sanctions/DateOfIssue/Year") year_ = trimmed(text);
    if (path == "Sanctions/DateOfIssue/Month") month_ = trimmed(text);
    if (path == "Sanctions/DateOfIssue/Day") date_of(year_, month_, trimmed(text));
  }

  bool is_list() const { return is_list_; }

  void give(const fs::path& file, const TakeLabel& take) const {
    for (const RawLabel& found : labels_) {
      RawLabel label = found;
      label.source = "OFAC " + file.filename().string();
      label.known_second = published_;
      take(std::move(label));
    }
  }

 private:
  void add(const std::string& address, const std::string& type) {
    if (address.empty()) return;
    labels_.push_back({.address = address, .label = type, .category = "sanctions"});
  }

  // One without a number has none of those before.
  void end_id() {
    if (type_.starts_with(kDigital)) add(number_, type_);
    type_.clear();
    number_.clear();
  }

  // The entry's name may follow its addresses.
  void name_entries() {
    for (; named_ < labels_.size(); ++named_) {
      if (!name_.empty()) labels_[named_].label = name_;
    }
    name_.clear();
  }

  // "10/24/2025"
  void publish_date(const std::string& text) {
    if (text.size() != 10) return;
    date_of(text.substr(6), text.substr(0, 2), text.substr(3, 2));
  }

  void date_of(const std::string& year, const std::string& month, const std::string& day) {
    published_ = sot::parse_time(fmt::format("{:0>4}-{:0>2}-{:0>2}", year, month, day));
  }

  bool is_list_ = false;
  bool is_address_ = false;
  std::set<std::string> address_types_;
  std::string feature_type_, name_, type_, number_, year_, month_;
  std::size_t named_ = 0;
  std::optional<std::int64_t> published_;
  std::vector<RawLabel> labels_;
};

}  // namespace

void read_sdn(const fs::path& file, const TakeLabel& take) {
  SdnReader reader;
  const auto broken = sot::read_xml(
      read_file(file, kMostSdnBytes),
      [&](std::string_view path, const std::string& text) { reader.end(path, text); },
      [&](std::string_view path, const sot::XmlAttributes& all) { reader.begin(path, all); });
  if (broken) {
    throw Error(ErrorKind::bad_input, fmt::format("{} is no XML: {}", file.string(), *broken));
  }
  if (!reader.is_list()) {
    throw Error(
        ErrorKind::bad_input,
        fmt::format("{} is not OFAC's list: sdn.xml or sdn_advanced.xml is wanted", file.string()));
  }
  reader.give(file, take);
}

}  // namespace aml::known
