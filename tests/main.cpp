// The one translation unit that compiles Catch2's runner.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#ifdef __SANITIZE_THREAD__
/// cpp-httplib is Debian's own build, which the thread sanitizer cannot see into: the lock of a local static
/// is inlined there, so the call that made a regular expression or a table seems to race with those that read
/// it. The second line names what of such a static is compiled here; the third what compiles an expression,
/// which fills a cache of libstdc++'s own (ctype::narrow) with the same bytes from every thread.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libcpp-httplib.so\n"
         "race:std::__detail::_BracketMatcher\n"
         "race:std::__detail::_Scanner\n";
}
#endif
