// A server that says what a case file tells it to, so that the command line is tested alone.
#pragma once

#include <httplib.h>

#include <map>
#include <string>
#include <thread>

#include "tests/cli/case_file.h"

namespace proffer::cli::test {

class FakeServer {
 public:
  explicit FakeServer(std::map<std::string, Answer> answers) : answers_(std::move(answers)) {
    const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
    };
    server_.Get(".*", handle).Post(".*", handle).Put(".*", handle).Patch(".*", handle).Delete(".*", handle);
    server_.set_tcp_nodelay(true);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~FakeServer() {
    server_.stop();
    thread_.join();
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void answer(const httplib::Request& request, httplib::Response& response) {
    auto found = answers_.find(request.method + " " + request.target);
    if (found == answers_.end()) found = answers_.find(request.method + " " + request.path);
    if (found != answers_.end()) {
      response.status = found->second.status;
      response.set_content(found->second.body, "application/json");
      return;
    }
    if (request.path == "/v1/watch") {  // nothing happens
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      response.set_content(R"({"changes": [], "resourceVersion": 1})", "application/json");
    } else if (request.path == "/v1/jobs") {
      response.set_content(R"({"jobs": []})", "application/json");
    } else {
      response.status = 404;
      response.set_content(R"({"error": {"type": "NotFound", "message": ")" + request.method + " " +
                               request.target + R"( is not there"}})",
                           "application/json");
    }
  }

  std::map<std::string, Answer> answers_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace proffer::cli::test
