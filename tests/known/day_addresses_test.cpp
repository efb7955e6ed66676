// Who of a day is known, as the page is told.
#include "known/day_addresses.h"

#include <gmock/gmock.h>

#include "known/known.h"
#include "scratch_snapshot.h"

namespace aml::known {
namespace {

using snapshot::ScratchSnapshot;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DayAddressesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    today_.write_alerts("('a1', 'n1'), ('z', '0xFA8E3920daF271daB92Be9B87d9998DDd94FEF08')");
    today_.write_features("('n1', 3)");
    today_.write_meta();
    today_.write(
        "money_flows.parquet",
        "SELECT source_address, dest_address, CAST(usd AS DECIMAL(18, 4)) AS amount_usd, "
        "epoch_ms(TIMESTAMP '2025-10-24') + row_number() OVER () * 1000 AS timestamp FROM "
        "(VALUES ('n1', 'hub', 1), ('hub', 'n9', 1)) v(source_address, dest_address, usd)");
  }
  std::string write(const std::string& name, const std::string& text) const {
    today_.write_text(name, text);
    return today_.path(name).string();
  }

  ScratchSnapshot today_{"2025-10-26"};
};

DayAddresses told_of(const ScratchSnapshot& today, const KnownFiles& files,
                     std::size_t most = kMostDayBytes) {
  const auto snapshot = today.open();
  fill_tables(*snapshot, files);
  return addresses_of_day(*snapshot, most);
}

TEST_F(DayAddressesTest, AreThoseThatItsAlertsAndItsMoneyName) {
  const std::string labels =
      write("ours.csv",
            "address,label,category,source,known_since\nhub,Hub,exchange,Elsewhere,2025-10-01\n"
            "nobody,Nobody,mixer,Elsewhere,2025-10-01\nn9,,scam,,2025-10-01\n"
            "0xfa8e3920daf271dab92be9b87d9998ddd94fef08,Z,mixer,\"a \"\"b\"\"\",2025-10-02\n"
            "N9,upper,scam,,2025-10-01\nhub,Hub,exchange,Another,2025-10-01\n");
  const DayAddresses day = told_of(today_, {.labels = {labels}});
  EXPECT_EQ(day.json, R"({"addresses":{
"0xfa8e3920daf271dab92be9b87d9998ddd94fef08":[{"category":"mixer","label":"Z","risk_level":"","source":"a \"b\"","is_bad":true,"known_since":"2025-10-02T00:00:00Z"}],
"hub":[{"category":"exchange","label":"Hub","risk_level":"","source":"Another","is_bad":false,"known_since":"2025-10-01T00:00:00Z"},{"category":"exchange","label":"Hub","risk_level":"","source":"Elsewhere","is_bad":false,"known_since":"2025-10-01T00:00:00Z"}],
"n9":[{"category":"scam","label":"","risk_level":"","source":"ours.csv","is_bad":true,"known_since":"2025-10-01T00:00:00Z"}]
}}
)");
  EXPECT_EQ(day.addresses, 3);
  EXPECT_EQ(day.left_out, 0);
}

TEST_F(DayAddressesTest, ForWhichThereIsNoRoomAreGoodOnes) {
  const std::string labels = write(
      "ours.csv", "address,category,known_since\nhub,exchange,2025-10-01\nn9,mixer,2025-10-01\n");
  const DayAddresses all = told_of(today_, {.labels = {labels}});
  ASSERT_EQ(all.addresses, 2);
  const DayAddresses one = told_of(today_, {.labels = {labels}}, all.json.size() - 1);
  EXPECT_EQ(one.addresses, 1);
  EXPECT_EQ(one.left_out, 1);
  EXPECT_THAT(one.json, AllOf(HasSubstr("\"n9\":"), Not(HasSubstr("hub"))));
  const DayAddresses none = told_of(today_, {.labels = {labels}}, 0);
  EXPECT_EQ(none.left_out, 2);
  EXPECT_EQ(none.json, "{\"addresses\":{\n\n}}\n");
}

TEST_F(DayAddressesTest, SayNothingOfWhatEarlierTruthsSay) {
  const auto snapshot = today_.open();
  fill_tables(*snapshot,
              {.labels = {write("a.csv", "address,category,known_since\nhub,mixer,2025-10-01\n")}});
  snapshot->connection().run(
      "INSERT INTO known_addresses VALUES ('n9', 'reported', 'reported', 1, 0, '', 'truth', 1)");
  const DayAddresses day = addresses_of_day(*snapshot);
  EXPECT_THAT(day.json, AllOf(HasSubstr("\"hub\""), Not(HasSubstr("n9"))));
}

}  // namespace
}  // namespace aml::known
