# Writes OUTPUT, a source with the text of FILE in pieces (compilers bound the length of one literal).
file(READ ${FILE} text)
string(LENGTH "${text}" length)
set(pieces "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND pieces "    R\"model(${piece})model\",\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE ${OUTPUT} "// Generated from controller/wire/service.model.
#include \"controller/wire/service_model.h\"

namespace proffer::wire {

std::string serviceModelText() {
  std::string text;
  for (const char* piece : {
${pieces}  })
    text += piece;
  return text;
}

}  // namespace proffer::wire
")
