#include "controller/data/source_text.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "controller/data/csv.h"

namespace proffer::data {
namespace {

constexpr size_t kRawBuffer = 256 << 10;
constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

/// The file's own bytes, hashed on the way.
class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(std::unique_ptr<io::ReadableFile> file) : file_(std::move(file)) {}
  Result<size_t> read(char* to, size_t size) override {
    PROFFER_TRY(const size_t count, file_->readAt(offset_, std::span<char>(to, size)));
    hasher_.add({to, count});
    offset_ += static_cast<int64_t>(count);
    return count;
  }
  int64_t rawConsumed() const override { return offset_; }
  Hash128 rawHash() const override { return hasher_.digest(); }

 private:
  std::unique_ptr<io::ReadableFile> file_;
  int64_t offset_ = 0;
  Hasher hasher_;
};

/// What both decompressors share: a buffer of raw bytes, refilled when empty.
class DecompressingStream : public ByteStream {
 public:
  DecompressingStream(std::unique_ptr<io::ReadableFile> file, std::string name)
      : raw_(std::move(file)), name_(std::move(name)), buffer_(new char[kRawBuffer]) {}
  int64_t rawConsumed() const override { return raw_.rawConsumed(); }
  Hash128 rawHash() const override { return raw_.rawHash(); }

 protected:
  /// Makes sure that there are raw bytes; false at the end of the file.
  Result<bool> refill() {
    if (begin_ < end_) return true;
    PROFFER_TRY(end_, raw_.read(buffer_.get(), kRawBuffer));
    begin_ = 0;
    return end_ > 0;
  }
  tl::unexpected<Error> damaged(std::string_view how) const {
    return fail(ErrorCode::kInvalidInput, "{}: the compressed data {}", name_, how);
  }

  PlainStream raw_;
  std::string name_;
  std::unique_ptr<char[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

class GzipStream final : public DecompressingStream {
 public:
  using DecompressingStream::DecompressingStream;
  ~GzipStream() override {
    if (open_) inflateEnd(&state_);
  }

  Result<size_t> read(char* to, size_t size) override {
    size_t filled = 0;
    while (filled < size) {
      PROFFER_TRY(const bool more, refill());
      if (!more) {
        if (inMember_) return damaged("ends too early");
        break;
      }
      if (!open_) {
        if (inflateInit2(&state_, 15 + 16) != Z_OK)
          return fail(ErrorCode::kInternal, "zlib cannot be set up");
        open_ = true;
      }
      inMember_ = true;
      state_.next_in = reinterpret_cast<Bytef*>(buffer_.get() + begin_);
      state_.avail_in = static_cast<uInt>(end_ - begin_);
      state_.next_out = reinterpret_cast<Bytef*>(to + filled);
      state_.avail_out = static_cast<uInt>(std::min<size_t>(size - filled, 1U << 30));
      const uInt room = state_.avail_out;
      const int answer = inflate(&state_, Z_NO_FLUSH);
      begin_ = end_ - state_.avail_in;
      filled += room - state_.avail_out;
      if (answer == Z_STREAM_END) {
        inMember_ = false;  // another member may follow, as `cat a.gz b.gz` makes them
        inflateReset(&state_);
      } else if (answer != Z_OK && answer != Z_BUF_ERROR) {
        return damaged("is not valid gzip");
      }
    }
    return filled;
  }

 private:
  z_stream state_{};
  bool open_ = false;
  bool inMember_ = false;
};

class ZstdStream final : public DecompressingStream {
 public:
  ZstdStream(std::unique_ptr<io::ReadableFile> file, std::string name)
      : DecompressingStream(std::move(file), std::move(name)), state_(ZSTD_createDCtx()) {}
  ~ZstdStream() override { ZSTD_freeDCtx(state_); }

  Result<size_t> read(char* to, size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos < out.size) {
      PROFFER_TRY(const bool more, refill());
      // At the end of the file the decoder may still hold text that it has decoded.
      ZSTD_inBuffer in{buffer_.get() + begin_, end_ - begin_, 0};
      const size_t before = out.pos;
      if (!more && !inFrame_) break;
      const size_t answer = ZSTD_decompressStream(state_, &out, &in);
      if (ZSTD_isError(answer)) return damaged("is not valid zstd");
      begin_ += in.pos;
      inFrame_ = answer != 0;
      if (!more && out.pos == before && inFrame_) return damaged("ends too early");
    }
    return out.pos;
  }

 private:
  ZSTD_DCtx* state_;
  bool inFrame_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> openByteStream(std::unique_ptr<io::ReadableFile> file,
                                                   const std::string& name) {
  char first[4] = {};
  PROFFER_TRY(const size_t count, file->readAt(0, std::span<char>(first, sizeof first)));
  const std::string_view magic(first, count);
  if (magic.starts_with(kGzipMagic)) return std::make_unique<GzipStream>(std::move(file), name);
  if (magic.starts_with(kZstdMagic)) return std::make_unique<ZstdStream>(std::move(file), name);
  if (magic.starts_with("\xff\xfe") || magic.starts_with("\xfe\xff")) {
    return fail(makeError(ErrorCode::kInvalidInput, "{}: the text is UTF-16; CSV files must be UTF-8", name)
                    .hinting(fmt::format("convert it: iconv -f UTF-16 -t UTF-8 {}",
                                         std::filesystem::path(name).filename().string())));
  }
  return std::make_unique<PlainStream>(std::move(file));
}

Result<std::optional<TextPiece>> SourceText::next(size_t bytes) {
  if (atEnd_ && left_.empty()) return std::nullopt;
  size_t capacity = std::max(bytes + bytes / 16, left_.size()) + 4096;
  std::shared_ptr<char[]> buffer(new char[capacity]);
  size_t filled = left_.size();
  std::memcpy(buffer.get(), left_.data(), filled);
  left_.clear();
  for (;;) {
    while (!atEnd_ && filled < capacity) {
      PROFFER_TRY(const size_t count, stream_->read(buffer.get() + filled, capacity - filled));
      if (count == 0) atEnd_ = true;
      filled += count;
    }
    std::string_view window(buffer.get(), filled);
    if (!begun_) {
      begun_ = true;
      if (window.starts_with("\xef\xbb\xbf")) {
        std::memmove(buffer.get(), buffer.get() + 3, filled - 3);
        filled -= 3;
        continue;
      }
    }
    if (filled == 0) return std::nullopt;
    const RowCut cut = rowCut(window, bytes, atEnd_);
    if (cut.length > 0) {
      left_.assign(window.substr(cut.length));
      given_ += static_cast<int64_t>(cut.length);
      return TextPiece{window.substr(0, cut.length), cut.quotes, std::move(buffer)};
    }
    if (filled > bytes + kMaxRow) {
      return fail(makeError(ErrorCode::kInvalidInput, "{}: a row after byte {} is longer than {} MiB", name_,
                            given_, kMaxRow >> 20)
                      .hinting("is this a CSV file with line breaks?"));
    }
    capacity *= 2;
    std::shared_ptr<char[]> larger(new char[capacity]);
    std::memcpy(larger.get(), buffer.get(), filled);
    buffer = std::move(larger);
  }
}

Result<Hash128> hashFile(const std::filesystem::path& path, io::FileSystem& files) {
  PROFFER_TRY(auto file, files.open(path));
  PlainStream stream(std::move(file));
  std::unique_ptr<char[]> buffer(new char[kRawBuffer]);
  for (;;) {
    PROFFER_TRY(const size_t count, stream.read(buffer.get(), kRawBuffer));
    if (count == 0) return stream.rawHash();
  }
}

}  // namespace proffer::data
