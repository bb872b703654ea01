#include "controller/app/backups.h"
#include "controller/app/examine.h"
#include "controller/app/serve.h"
#include "controller/cli/cli.h"

int main(int argc, char** argv) {
  return proffer::cli::run(
      argc, argv,
      {.serve = proffer::app::serve, .examine = proffer::app::examine, .restore = proffer::app::restore});
}
