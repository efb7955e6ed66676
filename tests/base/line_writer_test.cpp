#include "base/line_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>

namespace aml::log {
namespace {

// A stream that a test stops, lets go on, or breaks.
class Reader {
 public:
  LineWriter::Stream stream() {
    return {
        .write = [this](const std::string& lines) { return take(lines); },
        .report_dropped = [](std::uint64_t lines) { return "dropped " + std::to_string(lines); }};
  }
  void stand_still() { standing_.lock(); }
  void go_on() { standing_.unlock(); }
  void set_broken(bool is_broken) { is_broken_ = is_broken; }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  bool take(const std::string& lines) {
    const std::lock_guard standing(standing_);
    if (is_broken_) return false;
    const std::lock_guard lock(mutex_);
    text_ += lines;
    return true;
  }
  std::mutex standing_;
  std::atomic<bool> is_broken_{false};
  mutable std::mutex mutex_;
  std::string text_;
};

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Flushes until the stream has seen `what`: a flush gives up where a busy machine keeps the stream
// waiting. Hangs where it never comes.
void flush_until_seen(LineWriter& writer, const Reader& reader, const std::string& what) {
  while (reader.text().find(what) == std::string::npos) writer.flush();
}

TEST(LineWriter, KeepsTheOrderOfAThread) {
  Reader reader;
  LineWriter writer(reader.stream());
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    writer.add(std::to_string(i));
    expected += std::to_string(i) + "\n";
  }
  flush_until_seen(writer, reader, "999\n");
  EXPECT_EQ(reader.text(), expected);
}

TEST(LineWriter, LosesNoLineOfAThreadThatEnds) {
  constexpr int kThreads = 2000;
  Reader reader;
  LineWriter writer(reader.stream());
  // Someone flushes all the time, so that lines are collected while their thread ends.
  std::jthread flushing([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) writer.flush();
  });
  for (int i = 0; i < kThreads; ++i) {
    std::thread([&] { writer.add("x"); }).detach();
  }
  while (count_lines(reader.text()) < kThreads)
    std::this_thread::yield();  // hangs where one is lost
  EXPECT_EQ(count_lines(reader.text()), kThreads);
}

// Logs when the variables of its thread are destroyed.
struct LastWords {
  LineWriter* writer = nullptr;
  ~LastWords() {
    if (writer != nullptr) writer->add("last words");
  }
};

TEST(LineWriter, TakesLinesFromTheVariablesOfAThreadThatEnds) {
  Reader reader;
  LineWriter writer(reader.stream());
  std::thread([&] {
    thread_local LastWords words;  // before the writer's own variable, and so destroyed after it
    words.writer = &writer;
    writer.add("first");
  }).join();
  flush_until_seen(writer, reader, "last words\n");
  EXPECT_EQ(reader.text(), "first\nlast words\n");
}

TEST(LineWriter, DropsAndCountsWhatNobodyTakes) {
  Reader reader;
  LineWriter writer(reader.stream());
  const std::string line(1000, 'x');
  reader.stand_still();
  for (int i = 0; i < 5000; ++i) {
    writer.add(line);
    if (i % 100 == 0) writer.flush();  // returns, though nobody reads
  }
  const std::uint64_t dropped = writer.dropped();
  EXPECT_GT(dropped, 1000U);
  reader.go_on();
  // Told once lines are taken again. Until then there may be no room for another line.
  flush_until_seen(writer, reader, "dropped " + std::to_string(dropped) + "\n");
  writer.add("after");
  flush_until_seen(writer, reader, "after\n");
  const std::string text = reader.text();
  // Those taken, the report, and what came after it.
  EXPECT_EQ(count_lines(text), 5000 - dropped + 2);
}

TEST(LineWriter, CountsWhatCannotBeWritten) {
  Reader reader;
  LineWriter writer(reader.stream());
  reader.set_broken(true);
  writer.add("lost");
  while (writer.dropped() == 0) writer.flush();
  EXPECT_EQ(writer.dropped(), 1U);
  reader.set_broken(false);
  writer.add("seen");
  flush_until_seen(writer, reader, "dropped");
  EXPECT_EQ(reader.text(), "seen\ndropped 1\n");
}

TEST(LineWriter, WritesAtTheEndWhatIsLeft) {
  Reader reader;
  {
    LineWriter writer(reader.stream());
    writer.add("left");
  }
  EXPECT_EQ(reader.text(), "left\n");
}

TEST(LineWriter, EndsThoughNobodyReads) {
  Reader reader;
  LineWriter writer(reader.stream());
  reader.stand_still();
  writer.add("stuck");
  writer.end();
  writer.add("too late");
  EXPECT_EQ(writer.dropped(), 1U);
  reader.go_on();
}

}  // namespace
}  // namespace aml::log
