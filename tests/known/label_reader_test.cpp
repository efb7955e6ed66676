#include "known/label_reader.h"

#include <gmock/gmock.h>

#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "known/category.h"
#include "scratch_folder.h"
#include "snapshot/address_text.h"
#include "snapshot/snapshot.h"

namespace aml::known {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Labels : public ::testing::Test {
 protected:
  std::vector<RawLabel> read(const std::string& name, const std::string& text) const {
    write_file_atomically(folder_ / name, text);
    return read(name);
  }
  std::vector<RawLabel> read(const std::string& name, std::int64_t max_rows = 100) const {
    const auto database = snapshot::open_database({.threads = 1});
    Connection session = database->connect();
    std::vector<RawLabel> labels;
    read_labels(folder_ / name, session, max_rows,
                [&](RawLabel&& label) { labels.push_back(std::move(label)); });
    return labels;
  }
  // What the refusal says behind the file's name.
  std::string refusal(const std::string& name, const std::string& text) const {
    try {
      read(name, text);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::bad_input) << error.what();
      const std::string path = (folder_ / name).string();
      EXPECT_THAT(error.what(), StartsWith(path));
      return std::string(error.what()).substr(path.size());
    }
    ADD_FAILURE() << "accepted: " << text;
    return "";
  }

  test::ScratchFolder folder_;
};

auto of_address(const std::string& address) { return Field(&RawLabel::address, address); }

TEST_F(Labels, OfCsvStandInColumnsOfAnyOrder) {
  const auto labels =
      read("a.csv",
           "\xEF\xBB\xBFlabel,Address,extra,known_since,category,risk_level,source\r\n"
           "\"Big, \"\"the\"\" exchange\",a1,x,2025-01-02,exchange,LOW,me\r\n"
           "\r\n"
           "\"two\nlines\",a2,,,,,\n"
           "last,a3,,2025-01-02T03:04:05Z,scam,high,");
  ASSERT_THAT(labels, ElementsAre(of_address("a1"), of_address("a2"), of_address("a3")));
  EXPECT_EQ(labels[0].label, "Big, \"the\" exchange");
  EXPECT_EQ(labels[0].category, "exchange");
  EXPECT_EQ(labels[0].risk_level, "LOW");
  EXPECT_EQ(labels[0].source, "me");
  EXPECT_EQ(labels[0].known_second, 1735776000);
  EXPECT_EQ(labels[1].label, "two\nlines");
  EXPECT_EQ(labels[1].known_second, std::nullopt);
  EXPECT_EQ(labels[2].known_second, 1735787045);
  EXPECT_THAT(read("b.csv", "address\na1"), SizeIs(1));
}

TEST_F(Labels, OfCsvAreRefusedWithLineAndColumn) {
  EXPECT_THAT(refusal("a.csv", ""), HasSubstr("is empty"));
  EXPECT_THAT(refusal("a.csv", "label,category\nx,y\n"),
              StartsWith(":1: no column is named address"));
  EXPECT_THAT(refusal("a.csv", "address,address\n"), StartsWith(":1: column 2: address is there"));
  EXPECT_THAT(refusal("a.csv", "address,label\n\"x\ny\",1\na2\n"),
              StartsWith(":4: column 1: the row has 1 values"));
  EXPECT_THAT(refusal("a.csv", "address\na1\n\"a2\n"),
              StartsWith(":3: column 1: its quote is never"));
  EXPECT_THAT(refusal("a.csv", "label,address\n\"x\"y,a\n"),
              StartsWith(":2: column 1: something follows"));
  EXPECT_THAT(refusal("a.csv", "label,address\nx,\n"),
              StartsWith(":2: column 2: address is empty"));
  EXPECT_THAT(
      refusal("a.csv", "address,risk_level\na,hihg\n"),
      AllOf(StartsWith(":2: column 2: risk_level is 'hihg'"), EndsWith("did you mean high?")));
  EXPECT_THAT(refusal("a.csv", "address,known_since\na,soon\n"),
              StartsWith(":2: column 2: known_since is 'soon'"));
  EXPECT_THAT(refusal("a.csv", "address,label\na,\xFF\xFE\n"), HasSubstr("is not UTF-8"));
  EXPECT_THAT(refusal("a.csv", "address,label\na," + std::string(1025, 'x') + "\n"),
              HasSubstr("a value of 1025 bytes"));
  EXPECT_THAT(refusal("a.csv", "address" + std::string(100, ',') + "\n"),
              HasSubstr(":1: column 101: a row has at most 100"));
}

TEST_F(Labels, HaveNoBlanksAroundThem) {
  const auto csv = read("a.csv",
                        " address ,\tCategory,risk_level\n 1A,sanctions\t, high \n"
                        "\"1B \" , \"mixer, big\" ,\n\xC2\xA0"
                        "1C\xE2\x80\x8B,x,\n");
  ASSERT_THAT(csv, ElementsAre(of_address("1A"), of_address("1B"), of_address("1C")));
  EXPECT_EQ(csv[0].category, "sanctions");
  EXPECT_EQ(csv[0].risk_level, "high");
  EXPECT_EQ(csv[1].category, "mixer, big");
  EXPECT_THAT(refusal("b.csv", "address,label\n  ,x\n"), HasSubstr("address is empty"));

  EXPECT_THAT(read("a.yaml", "tags:\n  - address: ' 1A\xC2\xA0'\n"), ElementsAre(of_address("1A")));
  EXPECT_THAT(refusal("b.yaml", "tags:\n  - address: ' '\n"), HasSubstr("has no address"));
  EXPECT_THAT(read("a.txt",
                   "\xC2\xA0"
                   "1A\xC2\xA0\n\xE2\x80\x8B\n"),
              ElementsAre(of_address("1A")));

  Database database;
  database.connect().run(
      "COPY (SELECT ' a1 ' AS address, ' bitcoin' AS network UNION ALL "
      "SELECT ' ', NULL) TO " +
      sql_path(folder_ / "blanks.parquet") + " (FORMAT parquet)");
  const auto parquet = read("blanks.parquet");
  ASSERT_THAT(parquet, ElementsAre(of_address("a1")));
  EXPECT_EQ(parquet[0].network, "bitcoin");
}

TEST_F(Labels, OfATagPackHaveWhatItsHeaderSays) {
  const auto labels = read("pack.yaml", R"(---
title: A TagPack
creator: me
label: Internet Archive
source: https://archive.org/donate
category: Organization
lastmod: "2019-06-03"
tags:
  - address: 1Archive1n2C579dMsAu3iC6tWzuQJz8dN
    currency: BTC
  - {address: "0xFA8E3920daF271daB92Be9B87d9998DDd94FEF08", label: Mixer, abuse: scam,
     lastmod: 2020-01-02, concepts: [mixing_service]}
)");
  ASSERT_THAT(labels, ElementsAre(of_address("1Archive1n2C579dMsAu3iC6tWzuQJz8dN"),
                                  of_address("0xFA8E3920daF271daB92Be9B87d9998DDd94FEF08")));
  EXPECT_EQ(labels[0].label, "Internet Archive");
  EXPECT_EQ(labels[0].known_second, 1559520000);
  EXPECT_EQ(category_of(labels[0].category, ""), flows::kKnownService);
  EXPECT_EQ(labels[1].label, "Mixer");
  EXPECT_EQ(labels[1].known_second, 1577923200);
  EXPECT_EQ(category_of(labels[1].category, ""), flows::kKnownMixer);
}

TEST_F(Labels, OfATagPackStandInAllItsDocuments) {
  const auto labels = read("pack.yaml",
                           "---\nlabel: one\ntags:\n  - address: 1A\n---\nlabel: two\ntags:\n"
                           "  - address: 1B\n    concepts: sanctions\n---\n");
  ASSERT_THAT(labels, ElementsAre(of_address("1A"), of_address("1B")));
  EXPECT_EQ(labels[1].label, "two");
  EXPECT_EQ(category_of(labels[1].category, ""), flows::kSanctions);
  EXPECT_THAT(refusal("a.yaml", "tags: []\n---\ntitle: x\n"), HasSubstr("has a list named tags"));
  EXPECT_THAT(refusal("a.yaml", "tags:\n  - address: x\n    concepts: {a: b}\n"),
              HasSubstr("concepts is no list of words"));
  EXPECT_THAT(refusal("a.yaml", "tags:\n  - address: x\n    concepts: [[sanctions]]\n"),
              HasSubstr("a concept is no word"));
  EXPECT_THAT(refusal("a.yaml", ""), HasSubstr("has a list named tags"));
}

TEST_F(Labels, OfATagPackAreOfANetwork) {
  const auto labels =
      read("pack.yaml",
           "currency: BTC\ntags:\n  - address: 1A\n  - {address: 1B, currency: ETH}\n"
           "  - {address: 1C, currency: USDT, network: TRX}\n"
           "  - {address: 1D, currency: USDT}\n");
  ASSERT_THAT(labels, SizeIs(4));
  EXPECT_EQ(labels[0].network, "bitcoin");
  EXPECT_EQ(labels[1].network, "ethereum");
  EXPECT_EQ(labels[2].network, "tron");
  EXPECT_EQ(labels[3].network, "");  // a token, which is on many: it counts
}

TEST_F(Labels, OfATagPackThatIsNoneEnd) {
  for (const char* text : {", hosting]\n  mixer", "]", "}\n---\n]"}) {
    EXPECT_FALSE(refusal("a.yaml", text).empty()) << text;
  }
}

TEST_F(Labels, OfATagPackAreRefusedWithLineAndColumn) {
  EXPECT_THAT(refusal("a.yaml", "tags: [\n"), HasSubstr("it is no YAML"));
  EXPECT_THAT(refusal("a.yaml", "title: x\n"), HasSubstr("has a list named tags"));
  EXPECT_THAT(refusal("a.yaml", "- x\n"), HasSubstr("has a list named tags"));
  EXPECT_THAT(refusal("a.yml", "tags:\n  - label: x\n"), StartsWith(":2:5: a tag has no address"));
  EXPECT_THAT(refusal("a.yml", "tags:\n  - address: [x]\n"),
              StartsWith(":2:14: address is no text"));
  EXPECT_THAT(refusal("a.yml", "tags:\n  - address: x\n    lastmod: soon\n"),
              StartsWith(":3:14: lastmod is 'soon'"));
  EXPECT_THAT(refusal("a.yml", "tags: " + std::string(2000, '[') + "\n"),
              HasSubstr("it is no YAML"));
}

TEST_F(Labels, OfOfacAreItsDigitalCurrencyAddresses) {
  const auto plain = read("sdn.xml", R"(<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://example.org/XML">
  <publshInformation><Publish_Date>10/24/2025</Publish_Date></publshInformation>
  <sdnEntry><uid>1</uid><lastName>EXAMPLE GROUP</lastName><idList>
    <id><uid>2</uid><idType>Digital Currency Address - XBT</idType><idNumber>1Bad</idNumber></id>
    <id><uid>3</uid><idType>Passport</idType><idNumber>A1</idNumber></id>
    <id><uid>4</uid><idType>Digital Currency Address - ETH</idType><idNumber>0xBad</idNumber></id>
  </idList></sdnEntry>
  <sdnEntry><uid>5</uid><lastName>SOMEBODY</lastName></sdnEntry>
</sdnList>)");
  ASSERT_THAT(plain, ElementsAre(of_address("1Bad"), of_address("0xBad")));
  EXPECT_EQ(plain[1].label, "EXAMPLE GROUP");
  EXPECT_EQ(plain[0].known_second, 1761264000);  // 2025-10-24
  EXPECT_EQ(category_of(plain[0].category, ""), flows::kSanctions);

  EXPECT_THAT(read("sdn.xml",
                   "<sdnList><sdnEntry><idList><id><idType>Passport</idType>"
                   "<idNumber>P1</idNumber></id><id><idType>Digital Currency Address - "
                   "XBT</idType></id></idList></sdnEntry></sdnList>"),
              IsEmpty());
  const auto advanced = read("sdn_advanced.xml", R"(<Sanctions xmlns="https://example.org/ADVANCED">
  <DateOfIssue CalendarTypeID="1"><Year>2025</Year><Month>9</Month><Day>5</Day></DateOfIssue>
  <ReferenceValueSets><FeatureTypeValues>
    <FeatureType ID="8">Birthdate</FeatureType>
    <FeatureType ID="344" FeatureTypeGroupID="1">Digital Currency Address - XBT</FeatureType>
  </FeatureTypeValues></ReferenceValueSets>
  <DistinctParties><DistinctParty><Profile>
    <Feature ID="1" FeatureTypeID="8"><FeatureVersion><VersionDetail>1970</VersionDetail></FeatureVersion></Feature>
    <Feature ID="2" FeatureTypeID="344"><FeatureVersion><Comment/><VersionDetail>1Worse</VersionDetail></FeatureVersion></Feature>
  </Profile></DistinctParty></DistinctParties>
</Sanctions>)");
  ASSERT_THAT(advanced, ElementsAre(of_address("1Worse")));
  EXPECT_EQ(advanced[0].known_second, 1757030400);  // 2025-09-05
}

TEST_F(Labels, OfOfacAreRefusedWhereTheyAreNoList) {
  EXPECT_THAT(refusal("a.xml", "<sdnList><sdnEntry>"), HasSubstr("in line 1"));
  EXPECT_THAT(refusal("a.xml", "<html/>"), HasSubstr("is not OFAC's list"));
  EXPECT_THAT(refusal("a.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"), HasSubstr("document type"));
}

TEST_F(Labels, OfAListAreAllSanctioned) {
  EXPECT_THAT(read("a.txt", "\xEF\xBB\xBF# OFAC, XBT\n1Bad\r\n\n  0xBad  # ETH\n"),
              ElementsAre(of_address("1Bad"), of_address("0xBad")));
  EXPECT_THAT(read("a.txt", ""), IsEmpty());
  EXPECT_THAT(refusal("a.txt", "1Bad\n<html lang=x>\n"),
              StartsWith(":2:1: a list has one address"));
  EXPECT_THAT(refusal("a.txt", "1Bad\n 1Bad,x\n"), StartsWith(":2:6: a list has one address"));
}

TEST_F(Labels, OfTheSotAreNoEarlierThanTheirFile) {
  Database database;
  database.connect().run(
      "COPY (SELECT 'bitcoin' AS network, 'a1' AS address, 'x' AS label, 'mixer' AS address_type, "
      "'high' AS risk_level, 1735776000000 AS created_timestamp UNION ALL "
      "SELECT 'bitcoin', 'a2', NULL, NULL, NULL, NULL) TO " +
      sql_path(folder_ / "labels.parquet") + " (FORMAT parquet)");
  const auto labels = read("labels.parquet");
  ASSERT_THAT(labels, SizeIs(2));
  EXPECT_EQ(labels[0].network, "bitcoin");
  EXPECT_EQ(labels[0].known_second, 1735776000);
  EXPECT_TRUE(labels[0].is_no_earlier_than_file);
  EXPECT_EQ(category_of(labels[0].category, labels[0].risk_level), flows::kKnownMixer);
  EXPECT_EQ(category_of(labels[1].category, labels[1].risk_level), std::nullopt);
  EXPECT_THROW(read("labels.parquet", 1), Error);  // rows are bounded
}

TEST_F(Labels, OfOtherFilesAreRefused) {
  EXPECT_THROW(read("missing.csv"), Error);
  EXPECT_THROW(read("a.json", "{}"), Error);
}

TEST(LabelCategory, IsFoundByItsWords) {
  EXPECT_EQ(category_of("Mixing Service", ""), flows::kKnownMixer);
  EXPECT_EQ(category_of("sextortion", ""), flows::kScam);
  EXPECT_EQ(category_of("ransomware", "low"), flows::kRansomware);
  EXPECT_EQ(category_of("Exchange", "medium"), flows::kKnownExchange);
  EXPECT_EQ(category_of("exchange", "critical"), flows::kOtherBad);
  EXPECT_EQ(category_of("wallet", "HIGH"), flows::kOtherBad);
  EXPECT_EQ(category_of("wallet", "low"), flows::kOtherGood);
  EXPECT_EQ(category_of("wallet", "medium"), std::nullopt);
}

TEST(LabelCategory, IsNotFoundInsideOfWordsOrBehindANegation) {
  for (const char* text :
       {"not_sanctioned", "Not a sanctioned person", "unsanctioned", "un-sanctioned",
        "notSanctioned", "unexploited", "undefined", "definite", "determining", "minerals",
        "unhosted_wallet", "unHosted", "non-custodial", "NonCustodial wallet", "no scam",
        "antifraud", "anti-fraud", "counter-terrorism", "postexchanged"}) {
    EXPECT_EQ(category_of(text, ""), std::nullopt) << text;
  }
  EXPECT_EQ(category_of("not sanctioned, mixer", ""), flows::kKnownMixer);
  EXPECT_EQ(category_of("non-sanctioned; sanctioned since", ""), flows::kSanctions);
  EXPECT_EQ(category_of("no-KYC exchange", ""), flows::kKnownExchange);
  EXPECT_EQ(category_of("us_ofac_sdn", ""), flows::kSanctions);
  EXPECT_EQ(category_of("CryptoMixer", ""), flows::kKnownMixer);
  EXPECT_EQ(category_of("DeFi", ""), flows::kKnownService);
  EXPECT_EQ(category_of("hosted-wallet", ""), flows::kKnownService);
  EXPECT_EQ(category_of("miners", ""), flows::kKnownService);
  for (const char* text : {"rug_pull", "Rug Pull", "rug-pulls", "rugpull"}) {
    EXPECT_EQ(category_of(text, ""), flows::kScam) << text;
  }
}

TEST(AddressText, DiffersInCapitalsOnlyWhereTheyMeanSomething) {
  const std::string capitals = "0xFA8E3920DAF271DAB92BE9B87D9998DDD94FEF08";
  const std::string small = "0xfa8e3920daf271dab92be9b87d9998ddd94fef08";
  EXPECT_EQ(snapshot::comparable(capitals), small);
  EXPECT_EQ(snapshot::comparable("1ArchiveN"), "1ArchiveN");
  EXPECT_EQ(snapshot::comparable(capitals + "0"), capitals + "0");
  Database database;
  for (const std::string& text : {capitals, small, std::string("1ArchiveN"), capitals + "0"}) {
    EXPECT_EQ(database.connect().query_text("SELECT " + snapshot::comparable_sql(sql_text(text))),
              snapshot::comparable(text));
  }
}

}  // namespace
}  // namespace aml::known
