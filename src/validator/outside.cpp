#include "validator/outside.h"

#include <thread>

#include "base/threads.h"
#include "validator/storing_thread.h"

namespace aml::validator {

void SystemClock::wait(std::chrono::seconds time) {
  const auto end = now() + time;
  while (now() < end) {
    throw_if_stop_requested();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void NetworkAsker::ask(const bittensor::Keypair& sender,
                       std::span<const bittensor::Question> questions,
                       const bittensor::AskLimits& limits, const OpenSink& open_sink,
                       const OnReply& on_reply) {
  StoringThread storing;
  bittensor::ask_all(sender, questions, limits, open_sink,
                     [&](std::size_t i, const bittensor::Reply& reply) {
                       if (Work work = on_reply(i, reply)) storing.add(std::move(work));
                     });
  storing.finish();
}

}  // namespace aml::validator
