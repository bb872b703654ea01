// A bare cpp-httplib server whose one handler answers with so many bytes: what the library itself reaches, as
// the yardstick for bench/load.py.
//
//   bench_httplib_baseline PORT BYTES
#include <httplib.h>

#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string answer(std::strtoul(argv[2], nullptr, 10), 'x');
  httplib::Server server;
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000'000);
  server.new_task_queue = [] { return new httplib::ThreadPool(64); };
  server.Post("/", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(answer, "application/json");
  });
  return server.listen("127.0.0.1", std::atoi(argv[1])) ? 0 : 1;
}
