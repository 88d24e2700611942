#include "protocols/http/body.h"

#include <algorithm>

#include "base/check.h"

namespace koine::http {

namespace {

// Below, a part of its own costs more than copying it.
constexpr std::size_t shared_bytes_min = 512;

}  // namespace

void BodyBuffer::append(std::string_view text) {
  text_ += text;
  add_text(text.size());
}

void BodyBuffer::add_text(std::size_t size) {
  if (size == 0) return;
  if (pieces_.size() == first_piece_ || !pieces_.back().slice.empty()) pieces_.emplace_back();
  pieces_.back().size += size;
  size_ += size;
}

void BodyBuffer::append(const Bytes& slice) {
  if (slice.size() < shared_bytes_min) return append(slice.text());
  pieces_.push_back({.slice = slice, .size = slice.size()});
  size_ += slice.size();
}

void BodyBuffer::view(std::vector<ByteView>& parts) const {
  std::size_t in_text = in_text_;
  std::size_t consumed = in_piece_;
  for (std::size_t n = first_piece_; n < pieces_.size(); ++n) {
    const Piece& piece = pieces_[n];
    ByteView part = piece.slice.view();
    if (piece.slice.empty()) {
      part = as_bytes(text_).subspan(in_text, piece.size);
      in_text += piece.size;
    }
    parts.push_back(part.subspan(consumed));
    consumed = 0;
  }
}

void BodyBuffer::consume(std::size_t bytes) {
  CHECK(bytes <= size_);
  size_ -= bytes;
  if (size_ == 0) return clear();
  while (bytes > 0) {
    Piece& piece = pieces_[first_piece_];
    const std::size_t step = std::min(bytes, piece.size - in_piece_);
    in_piece_ += step;
    bytes -= step;
    if (in_piece_ < piece.size) break;
    if (piece.slice.empty()) in_text_ += piece.size;
    piece.slice = {};
    ++first_piece_;
    in_piece_ = 0;
  }
}

void BodyBuffer::clear() {
  text_.clear();
  pieces_.clear();
  first_piece_ = 0;
  in_piece_ = 0;
  in_text_ = 0;
  size_ = 0;
}

void BodyBuffer::adapt(bool was_slow) {
  enough_ = was_slow ? bytes_min : std::min(bytes_max, 2 * enough_);
  // A reader that gets little has no use for what a large part needed; and what little costs is got again more cheaply than kept by
  // ten thousand that wait.
  if (was_slow || text_.capacity() > memory_max || text_.capacity() < bytes_min) shrink();
}

void BodyBuffer::shrink() {
  CHECK(size_ == 0);
  text_ = {};
  pieces_ = {};
}

}  // namespace koine::http
