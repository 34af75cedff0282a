#include "metrics/audit_ring.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace sallyport {
namespace {

std::size_t page_bytes() {
  static const std::size_t bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

std::size_t whole_pages(std::size_t bytes) {
  const std::size_t page = page_bytes();
  return std::max(page, (bytes + page - 1) / page * page);
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

AuditRing::AuditRing(std::size_t capacity) : capacity_(whole_pages(capacity)) {
  const int fd = ::memfd_create("sallyport-audit", MFD_CLOEXEC);
  if (fd < 0) fail("memfd_create for the audit ring");
  void* both = MAP_FAILED;
  bool is_mapped = ::ftruncate(fd, static_cast<off_t>(capacity_)) == 0;
  if (is_mapped) {
    both = ::mmap(nullptr, 2 * capacity_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    is_mapped = both != MAP_FAILED;
  }
  if (is_mapped) {
    data_ = static_cast<char*>(both);
    for (char* half : {data_, data_ + capacity_}) {
      is_mapped = is_mapped && ::mmap(half, capacity_, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
    }
  }
  const int error = errno;
  ::close(fd);
  if (!is_mapped) {
    if (data_ != nullptr) ::munmap(data_, 2 * capacity_);
    errno = error;
    fail("mmap for the audit ring");
  }
}

AuditRing::~AuditRing() { ::munmap(data_, 2 * capacity_); }

std::size_t AuditRing::used() const {
  // In this order: read the other way round, the difference could be taken for negative.
  const std::uint64_t from = free_from_.load(std::memory_order_acquire);
  return static_cast<std::size_t>(head_.load(std::memory_order_acquire) - from);
}

std::size_t AuditRing::room() const { return capacity_ - used() - reserved_; }

std::size_t AuditRing::lesser_room() const {
  const std::size_t share = (capacity_ - reserved_) / 4;
  const std::size_t taken = used();
  return taken < share ? share - taken : 0;
}

std::optional<Reservation> AuditRing::reserve(std::size_t bytes) {
  if (bytes > room()) return std::nullopt;
  reserved_ += bytes;
  return Reservation(this, static_cast<std::uint32_t>(bytes));
}

void AuditRing::commit(std::size_t bytes) {
  head_.store(head_.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
}

std::span<const char> AuditRing::readable() const {
  const std::uint64_t head = head_.load(std::memory_order_acquire);
  return {data_ + read_ % capacity_, static_cast<std::size_t>(head - read_)};
}

void AuditRing::consume(std::size_t bytes) {
  read_ += bytes;
  free_from_.store(read_, std::memory_order_release);
}

void AuditRing::trim() {
  // By the producer, who alone writes there. Where the kernel cannot give pages back, they stay;
  // the ring works all the same.
  const std::uint64_t page = page_bytes();
  const std::uint64_t from = (head_.load(std::memory_order_relaxed) + page - 1) / page * page;
  const std::uint64_t to = (free_from_.load(std::memory_order_acquire) + capacity_) / page * page;
  if (to > from) ::madvise(data_ + from % capacity_, to - from, MADV_REMOVE);
}

}  // namespace sallyport
