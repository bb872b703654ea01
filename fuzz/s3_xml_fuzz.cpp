// What an S3-compatible server may answer: lists and errors as XML, times, etags. It is read or refused with
// words, and what is read keeps to what the rest of the program relies on.
#include <cstdlib>

#include "controller/data/s3_answers.h"

using namespace proffer;
using namespace proffer::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto page = readObjectPage(text);
  if (!page && (page.error().message.empty() || page.error().code != ErrorCode::kUnavailable)) std::abort();
  if (page)
    for (const auto& object : page->objects)
      if (object.key.empty() || object.size < 0) std::abort();
  const S3Trouble trouble = readTrouble(text);
  for (const int status : {301, 403, 404, 500, 503})
    if (errorOfAnswer(status, trouble, ObjectAddress{"bucket", "key"}).message.empty()) std::abort();
  (void)parseHttpDate(text);
  (void)plainEtag(text);
  return 0;
}
