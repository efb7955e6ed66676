#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace aml::http {

// A body whose parts lie in something that is kept, and are sent from there without being copied:
// however many connections send it, it is in memory once. Does not change; may be used from any
// thread.
class Parts {
 public:
  Parts() = default;
  virtual ~Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  // Of the whole body, in bytes.
  virtual std::uint64_t size() const = 0;
  // Adds what comes next to `views`, at most `most` of them, and moves `position`, which is 0 at
  // the beginning; adds nothing at the end. Takes some ten microseconds. The views live as long as
  // this.
  virtual void next(std::uint64_t& position, std::vector<std::string_view>& views,
                    std::size_t most) const = 0;
  // What keeps the parts in memory.
  virtual std::shared_ptr<const void> owner() const = 0;
  // Makes the same parts again without keeping anything in memory meanwhile; null where it is gone.
  using Again = std::function<std::shared_ptr<const Parts>()>;
  virtual Again again() const = 0;
};

}  // namespace aml::http
