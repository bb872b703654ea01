#include "controller/app/stop_signal.h"

#include <pthread.h>
#include <unistd.h>

#include <thread>

namespace proffer::app {

StopSignal::StopSignal() {
  // A reader that goes away in the middle of an answer is an error of that write, not the end of the server.
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

int StopSignal::wait() {
  int number = 0;
  sigwait(&signals_, &number);
  std::thread([signals = signals_] {
    int second = 0;
    sigwait(&signals, &second);
    _exit(128 + second);
  }).detach();
  return number;
}

}  // namespace proffer::app
