#include "controller/backup/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <new>

namespace proffer::backup {

namespace {

constexpr size_t kPiece = 256 << 10;

Error archiveError(archive* handle) {
  const char* text = archive_error_string(handle);
  return makeError(ErrorCode::kCorrupt, "not a tar file that can be read: {}",
                   text == nullptr ? "unknown reason" : text)
      .hinting("a dump that was cut off, or something else, was given");
}

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

ssize_t sendOn(archive* handle, void* sink, const void* bytes, size_t size) {
  const std::string_view piece(static_cast<const char*>(bytes), size);
  if ((*static_cast<ByteSink*>(sink))(piece)) return static_cast<ssize_t>(size);
  archive_set_error(handle, ARCHIVE_FATAL, "the other side has gone");
  return -1;
}

}  // namespace

ArchiveWriter::ArchiveWriter(ByteSink sink) : sink_(std::move(sink)), archive_(archive_write_new()) {
  if (archive_ == nullptr) throw std::bad_alloc();
  archive_write_set_format_pax_restricted(archive_);
  archive_write_set_bytes_per_block(archive_, static_cast<int>(kPiece));
  archive_write_set_bytes_in_last_block(archive_, 1);
  refused_ = archive_write_open(archive_, &sink_, nullptr, sendOn, nullptr) != ARCHIVE_OK;
}

ArchiveWriter::~ArchiveWriter() {
  archive_write_fail(archive_);  // what was not finished is not made to look so
  archive_write_free(archive_);
}

Result<void> ArchiveWriter::checked(int code) {
  if (code == ARCHIVE_OK && !refused_) return {};
  refused_ = true;
  return fail(ErrorCode::kCancelled, "nobody takes the rest of the dump");
}

Result<void> ArchiveWriter::begin(const std::string& name, int64_t size, Time modified) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), size);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0640);
  archive_entry_set_mtime(entry.get(), toMicros(modified) / 1'000'000, 0);
  return checked(archive_write_header(archive_, entry.get()));
}

Result<void> ArchiveWriter::append(std::string_view bytes) {
  const auto written = archive_write_data(archive_, bytes.data(), bytes.size());
  return checked(written == static_cast<la_ssize_t>(bytes.size()) ? ARCHIVE_OK : ARCHIVE_FATAL);
}

Result<void> ArchiveWriter::finish() {
  return checked(archive_write_close(archive_));
}

ArchiveReader::ArchiveReader(const io::ReadableFile& source)
    : source_(source), archive_(archive_read_new()), piece_(kPiece, '\0'), out_(kPiece, '\0') {
  if (archive_ == nullptr) throw std::bad_alloc();
}

ArchiveReader::~ArchiveReader() {
  archive_read_free(archive_);
}

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open(const io::ReadableFile& source) {
  std::unique_ptr<ArchiveReader> reader(new ArchiveReader(source));
  archive_read_support_format_tar(reader->archive_);
  archive_read_support_filter_gzip(reader->archive_);
  archive_read_support_filter_zstd(reader->archive_);
  if (archive_read_open(reader->archive_, reader.get(), nullptr, readMore, nullptr) != ARCHIVE_OK)
    return fail(archiveError(reader->archive_));
  return reader;
}

la_ssize_t ArchiveReader::readMore(archive* handle, void* self, const void** bytes) {
  auto& reader = *static_cast<ArchiveReader*>(self);
  const auto got = reader.source_.readAt(reader.offset_, reader.piece_);
  if (!got) {
    archive_set_error(handle, ARCHIVE_FATAL, "%s", got.error().message.c_str());
    return -1;
  }
  reader.offset_ += static_cast<int64_t>(*got);
  *bytes = reader.piece_.data();
  return static_cast<la_ssize_t>(*got);
}

Result<std::optional<ArchiveReader::Entry>> ArchiveReader::next() {
  archive_entry* found = nullptr;
  const int code = archive_read_next_header(archive_, &found);
  if (code == ARCHIVE_EOF) return std::optional<Entry>();
  if (code != ARCHIVE_OK) return fail(archiveError(archive_));
  const char* name = archive_entry_pathname(found);
  return std::optional(
      Entry{name == nullptr ? "" : name, archive_entry_size(found),
            archive_entry_filetype(found) == AE_IFREG && archive_entry_hardlink(found) == nullptr});
}

Result<std::string_view> ArchiveReader::read() {
  const la_ssize_t got = archive_read_data(archive_, out_.data(), out_.size());
  if (got < 0) return fail(archiveError(archive_));
  return std::string_view(out_.data(), static_cast<size_t>(got));
}

}  // namespace proffer::backup
