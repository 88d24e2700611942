// SlidingVector: a queue in one piece of memory: elements are added at the end and leave at the front, and each can be
// reached by its place. Owns nothing while it is empty and was small, unlike std::deque.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace koine::amqp {

template <typename T>
class SlidingVector {
 public:
  bool empty() const { return head_ == items_.size(); }
  std::size_t size() const { return items_.size() - head_; }
  // From the front.
  T& operator[](std::size_t index) { return items_[head_ + index]; }
  const T& operator[](std::size_t index) const { return items_[head_ + index]; }
  T& front() { return items_[head_]; }
  T& back() { return items_.back(); }
  auto begin() { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() const { return items_.end(); }

  void push_back(T item) {
    // What has left makes room first: each element moves once for each half of the memory that became free.
    if (items_.size() == items_.capacity() && head_ >= items_.size() / 2) close_up();
    items_.push_back(std::move(item));
  }
  void pop_front() {
    ++head_;
    if (head_ < items_.size()) return;
    items_.clear();
    head_ = 0;
    if (items_.capacity() > kept_capacity_max) items_.shrink_to_fit();
  }
  // Drops the elements for which `is_done` holds; the others keep their order.
  template <typename Predicate>
  void remove_if(Predicate is_done) {
    close_up();
    std::erase_if(items_, is_done);
  }
  void assign(std::vector<T> items) {
    items_ = std::move(items);
    head_ = 0;
  }

 private:
  // A page or two: not worth an allocation for each burst.
  static constexpr std::size_t kept_capacity_max = 8192 / sizeof(T);

  void close_up() {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }

  std::vector<T> items_;
  std::size_t head_ = 0;
};

}  // namespace koine::amqp
