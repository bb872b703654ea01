# Flags that every target shares. They must be the same everywhere: -march on some targets only would change
# Eigen's alignment between them, and precompiled headers are reused across folders.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-psabi)
if(PROFFER_WERROR)
  add_compile_options(-Werror)
endif()
if(PROFFER_ARCH)
  add_compile_options(-march=${PROFFER_ARCH})
endif()
if(PROFFER_SANITIZE)
  add_compile_options(-fsanitize=${PROFFER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # The instrumentation hides from g++ what its own <regex> has initialized.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  add_link_options(-fsanitize=${PROFFER_SANITIZE})
endif()
# One include root: "base/error.h" means that file wherever it is included from.
include_directories(${PROJECT_SOURCE_DIR})
