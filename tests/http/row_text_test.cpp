#include "http/row_text.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace aml::http {
namespace {

// {"total":n,"rows":[{"id":0,"score":…,"why":"…"},…],"end":1}; some rows have no "why".
std::shared_ptr<const RowText> list_of(const std::vector<double>& scores, std::size_t why = 5) {
  auto list = std::make_shared<RowText>();
  list->text = "{\"total\":" + std::to_string(scores.size()) + ",\"rows\":[";
  list->rows_begin = list->text.size();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (i > 0) list->text += ',';
    const std::size_t begin = list->text.size();
    list->text += "{\"id\":" + std::to_string(i);
    const std::size_t cut = list->text.size();
    if (i % 3 != 1) list->text += ",\"why\":\"" + std::string(why, 'y') + "\"";
    list->text += '}';
    list->rows.push_back({begin, cut, list->text.size(), scores[i]});
  }
  list->rows_end = list->text.size();
  list->text += "],\"end\":1}\n";
  return list;
}

// The same, put together row by row.
std::string expected(const RowText& list, const ListQuery& query, RowFormat format) {
  std::string body;
  std::uint64_t skipped = 0;
  std::uint64_t given = 0;
  for (const RowText::Row& row : list.rows) {
    if (query.min_score && !(row.score >= *query.min_score)) continue;
    if (skipped++ < query.offset) continue;
    if (query.limit && given >= *query.limit) break;
    if (format == RowFormat::json && given > 0) body += ',';
    body += query.explain ? list.text.substr(row.begin, row.end - row.begin)
                          : list.text.substr(row.begin, row.cut - row.begin) + "}";
    if (format == RowFormat::lines) body += '\n';
    ++given;
  }
  if (format == RowFormat::lines) return body;
  return list.text.substr(0, list.rows_begin) + body + list.text.substr(list.rows_end);
}

// The bytes, taken so many views at a time.
std::string taken(const Parts& parts, std::size_t most) {
  std::string bytes;
  std::uint64_t position = 0;
  std::vector<std::string_view> views;
  while (true) {
    views.clear();
    parts.next(position, views, most);
    EXPECT_LE(views.size(), most);
    if (views.empty()) break;
    for (const std::string_view view : views) {
      EXPECT_FALSE(view.empty());
      bytes += view;
    }
  }
  parts.next(position, views, most);
  EXPECT_TRUE(views.empty()) << "the end stays the end";
  return bytes;
}

TEST(RowText, GivesEveryChoiceOfRows) {
  std::mt19937 dice(1);
  const auto between = [&](std::size_t most) { return dice() % (most + 1); };
  for (int round = 0; round < 3000; ++round) {
    std::vector<double> scores(between(12));
    for (double& score : scores) score = static_cast<double>(between(4)) / 4;
    const auto list = list_of(scores);
    ListQuery query;
    if (between(1) == 1) query.limit = between(14);
    if (between(1) == 1) query.offset = between(14);
    if (between(1) == 1) query.min_score = static_cast<double>(between(4)) / 4;
    query.explain = between(1) == 1;
    const RowFormat format = between(1) == 1 ? RowFormat::json : RowFormat::lines;
    const auto parts = choose_rows(list, query, format);
    const std::string body = expected(*list, query, format);
    ASSERT_EQ(read_all(*parts), body) << query.text();
    ASSERT_EQ(parts->size(), body.size()) << query.text();
    for (const std::size_t most : {4U, 5U, 64U}) ASSERT_EQ(taken(*parts, most), body);
    ASSERT_EQ(read_all(*parts->again()()), body);
  }
}

TEST(RowText, SendsRowsAsTheyLie) {
  const auto list = list_of(std::vector<double>(1000, 0.5));
  const auto parts = choose_rows(list, {.limit = 900, .offset = 50}, RowFormat::json);
  std::uint64_t position = 0;
  std::vector<std::string_view> views;
  parts->next(position, views, 64);
  EXPECT_EQ(views.size(), 3U) << "beginning, rows and end";
  EXPECT_GE(views[1].data(), list->text.data());
  EXPECT_LT(views[1].data(), list->text.data() + list->text.size());
}

TEST(RowText, IsKeptByItsPartsAndNotBeyond) {
  auto list = list_of({0.5, 0.5});
  const std::weak_ptr<const RowText> watched = list;
  auto parts = choose_rows(list, {.limit = 1}, RowFormat::json);
  const Parts::Again again = parts->again();
  list.reset();
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(parts->owner(), watched.lock());
  EXPECT_EQ(again()->size(), parts->size());
  parts.reset();
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(again(), nullptr);
}

}  // namespace
}  // namespace aml::http
