#include "fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

#include "base/text.h"

namespace proffer::http {
namespace {

bool readable(int socket, int millis) {
  pollfd entry{socket, POLLIN, 0};
  return ::poll(&entry, 1, millis) > 0;
}

}  // namespace

RawConnection::RawConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

RawConnection::~RawConnection() {
  if (socket_ >= 0) ::close(socket_);
}

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string RawConnection::answer(int patienceMillis) {
  while (true) {
    const size_t end = received_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::string head = lower(received_.substr(0, end));
      const size_t at = head.find("content-length: ");
      size_t length = 0;
      if (at != std::string::npos) std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
      if (received_.size() >= end + 4 + length) {
        std::string whole = received_.substr(0, end + 4 + length);
        received_.erase(0, whole.size());
        return whole;
      }
    }
    char bytes[4096];
    if (!readable(socket_, patienceMillis)) return "";
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return "";
    received_.append(bytes, static_cast<size_t>(got));
  }
}

bool RawConnection::closed(int patienceMillis) {
  while (readable(socket_, patienceMillis)) {
    char bytes[4096];
    if (::recv(socket_, bytes, sizeof bytes, 0) <= 0) return true;
  }
  return false;
}

int statusOfAnswer(const std::string& answer) {
  int status = 0;
  if (answer.size() > 12) std::from_chars(answer.data() + 9, answer.data() + 12, status);
  return status;
}

}  // namespace proffer::http
