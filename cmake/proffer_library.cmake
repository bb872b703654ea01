# proffer_library(NAME [HOT|COLD] [DEPENDS target...]): one library for the folder it is called in, of all its sources (and
# those of the sub-folders that have no CMakeLists.txt of their own). Who may depend on whom stands in
# docs/architecture.md; tests/include_graph holds the includes against it. HOT: its loops decide how fast the program is,
# so a release build optimizes it further than the rest. COLD: it runs for people or now and then, so a release build does
# not take the time to optimize it as much.
function(proffer_library name)
  cmake_parse_arguments(ARG "HOT;COLD" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cpp)
  if(sources)
    add_library(proffer_${name} STATIC ${sources})
    target_link_libraries(proffer_${name} PUBLIC ${ARG_DEPENDS})
    if(ARG_HOT)
      target_compile_options(proffer_${name} PRIVATE $<$<CONFIG:Release>:-O3>)
    elseif(ARG_COLD)
      target_compile_options(proffer_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
    if(name STREQUAL "base")
      target_precompile_headers(proffer_base PRIVATE ${PROJECT_SOURCE_DIR}/base/precompiled.h)
    else()
      target_precompile_headers(proffer_${name} REUSE_FROM proffer_base)
    endif()
  else()
    add_library(proffer_${name} INTERFACE)
    target_link_libraries(proffer_${name} INTERFACE ${ARG_DEPENDS})
  endif()
endfunction()
