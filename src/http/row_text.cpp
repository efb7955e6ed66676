#include "http/row_text.h"

#include <algorithm>
#include <utility>

namespace aml::http {

namespace {

// Looking at so many rows takes some ten microseconds.
constexpr std::size_t kFewRows = 8'192;
constexpr std::size_t kViewsAtOnce = 64;

class ChosenRows : public Parts {
 public:
  // What was found out about a choice by looking at the rows.
  struct Extent {
    std::size_t first = 0;   // the first chosen row
    std::size_t end = 0;     // after the last one
    std::uint64_t size = 0;  // of the body
  };
  ChosenRows(std::shared_ptr<const RowText> text, const ListQuery& query, RowFormat format)
      : text_(std::move(text)), query_(query), format_(format) {
    find_ends();
    size_ = measure();
  }
  ChosenRows(std::shared_ptr<const RowText> text, const ListQuery& query, RowFormat format,
             const Extent& extent)
      : text_(std::move(text)),
        query_(query),
        format_(format),
        first_(extent.first),
        end_(extent.end),
        size_(extent.size) {}

  std::uint64_t size() const override { return size_; }
  std::shared_ptr<const void> owner() const override { return text_; }
  Again again() const override {
    return [text = std::weak_ptr<const RowText>(text_), query = query_, format = format_,
            extent = Extent{first_, end_, size_}]() -> std::shared_ptr<const Parts> {
      auto kept = text.lock();
      if (!kept) return nullptr;
      return std::make_shared<const ChosenRows>(std::move(kept), query, format, extent);
    };
  }
  // Positions: 0 the beginning, then those of rows from first_ to end_, then the end.
  void next(std::uint64_t& position, std::vector<std::string_view>& views,
            std::size_t most) const override;

 private:
  bool is_chosen(std::size_t row) const {
    return !query_.min_score || text_->rows[row].score >= *query_.min_score;
  }
  // Whether rows beside each other are sent as they lie beside each other.
  bool is_whole() const { return query_.explain && format_ == RowFormat::json; }
  std::string_view part(std::size_t begin, std::size_t end) const {
    return std::string_view(text_->text).substr(begin, end - begin);
  }
  std::string_view head() const {
    return format_ == RowFormat::json ? part(0, text_->rows_begin) : std::string_view();
  }
  std::string_view tail() const {
    return format_ == RowFormat::json ? part(text_->rows_end, text_->text.size())
                                      : std::string_view();
  }
  // After the last of the chosen rows that follow each other from this one on.
  std::size_t end_of_run(std::size_t row) const {
    std::size_t end = row + 1;
    if (!is_whole()) return end;
    if (!query_.min_score) return end_;
    while (end < end_ && is_chosen(end)) ++end;
    return end;
  }
  void add_run(std::size_t row, std::size_t end, std::vector<std::string_view>& views) const;
  std::uint64_t run_bytes(std::size_t row, std::size_t end) const;
  void find_ends();
  std::uint64_t measure() const;

  const std::shared_ptr<const RowText> text_;
  const ListQuery query_;
  const RowFormat format_;
  std::size_t first_ = 0;  // the first chosen row
  std::size_t end_ = 0;    // after the last one
  std::uint64_t size_ = 0;
};

void ChosenRows::find_ends() {
  const std::size_t rows = text_->rows.size();
  const auto within = [&](std::uint64_t count) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(count, rows));
  };
  const std::size_t skipped = within(query_.offset);
  const std::size_t limit = within(query_.limit.value_or(rows));
  if (!query_.min_score) {
    first_ = skipped;
    end_ = first_ + std::min(limit, rows - first_);
    return;
  }
  std::size_t found = 0;
  first_ = end_ = rows;
  for (std::size_t row = 0; row < rows && found < skipped + limit; ++row) {
    if (!is_chosen(row)) continue;
    if (found == skipped) first_ = row;
    if (found >= skipped) end_ = row + 1;
    ++found;
  }
  if (limit == 0 || first_ == rows) first_ = end_ = rows;
}

std::uint64_t ChosenRows::run_bytes(std::size_t row, std::size_t end) const {
  const RowText::Row& first = text_->rows[row];
  const std::uint64_t separator = format_ == RowFormat::lines || row != first_ ? 1 : 0;
  if (!query_.explain) return first.cut - first.begin + 1 + separator;
  return text_->rows[end - 1].end - first.begin + separator;
}

std::uint64_t ChosenRows::measure() const {
  std::uint64_t size = head().size() + tail().size();
  if (first_ == end_) return size;
  if (query_.explain && !query_.min_score) {
    // As they lie, with the commas between them; each line has an end instead.
    const std::uint64_t last_end = format_ == RowFormat::lines ? 1 : 0;
    return size + text_->rows[end_ - 1].end - text_->rows[first_].begin + last_end;
  }
  for (std::size_t row = first_; row < end_;) {
    if (!is_chosen(row)) {
      ++row;
      continue;
    }
    const std::size_t end = end_of_run(row);
    size += run_bytes(row, end);
    row = end;
  }
  return size;
}

void ChosenRows::add_run(std::size_t row, std::size_t end,
                         std::vector<std::string_view>& views) const {
  const RowText::Row& first = text_->rows[row];
  if (format_ == RowFormat::json && row != first_) views.emplace_back(",");
  if (query_.explain) {
    views.push_back(part(first.begin, text_->rows[end - 1].end));
  } else {
    views.push_back(part(first.begin, first.cut));
    views.emplace_back("}");
  }
  if (format_ == RowFormat::lines) views.emplace_back("\n");
}

void ChosenRows::next(std::uint64_t& position, std::vector<std::string_view>& views,
                      std::size_t most) const {
  constexpr std::size_t kViewsOfARow = 3;
  const std::uint64_t end_position = end_ - first_ + 1;
  if (position == 0) {
    position = 1;
    if (!head().empty()) views.push_back(head());
  }
  std::size_t row = first_ + static_cast<std::size_t>(std::min(position, end_position)) - 1;
  while (row < end_ && views.size() + kViewsOfARow <= most) {
    if (!is_chosen(row)) {
      ++row;
      continue;
    }
    const std::size_t end = end_of_run(row);
    add_run(row, end, views);
    row = end;
  }
  if (position > end_position) return;
  position = row - first_ + 1;
  if (row < end_ || views.size() == most) return;
  if (!tail().empty()) views.push_back(tail());
  position = end_position + 1;
}

}  // namespace

bool takes_long(const RowText& text, const ListQuery& query) {
  const bool looks_at_each = query.min_score.has_value() || !query.explain;
  return looks_at_each && text.rows.size() > kFewRows;
}

std::shared_ptr<const Parts> choose_rows(std::shared_ptr<const RowText> text,
                                         const ListQuery& query, RowFormat format) {
  return std::make_shared<const ChosenRows>(std::move(text), query, format);
}

std::string read_all(const Parts& parts) {
  std::string bytes;
  bytes.reserve(parts.size());
  std::uint64_t position = 0;
  std::vector<std::string_view> views;
  while (true) {
    views.clear();
    parts.next(position, views, kViewsAtOnce);
    if (views.empty()) return bytes;
    for (const std::string_view view : views) bytes += view;
  }
}

}  // namespace aml::http
