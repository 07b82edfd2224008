# cartwheel_embed(TARGET SYMBOL FILE...)
# Puts files (paths from the root) into TARGET as they are, so the program needs nothing beside it at run time:
#
#   cmake:  cartwheel_embed(app recorded_day tests/data/otto/events.ndjson.gz)
#   C++:    #include "runtime/base/embedded.hpp"
#           CARTWHEEL_EMBEDDED(recorded_day)
#           for (const cartwheel::embedded_file& f : cartwheel::embedded::recorded_day()) ...   // f.name, f.bytes
#
# The order is the caller's, a name is the path from the root. The assembler reads the files (.incbin), so size costs no
# compile time; a changed file rebuilds its object, a new one in a glob wants CONFIGURE_DEPENDS there.
function(cartwheel_embed target symbol)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    return()  # a room without sources yet: nobody asks
  endif()
  set(blobs "")
  set(declarations "")
  set(rows "")
  set(depends)
  set(i 0)
  foreach(file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR} NORMALIZE OUTPUT_VARIABLE path)
    if(NOT EXISTS ${path})
      message(FATAL_ERROR "cartwheel_embed(${target} ${symbol}): no file ${path}")
    endif()
    cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE name)
    set(label "cartwheel_embedded_${symbol}_${i}")
    string(APPEND blobs "    \".balign 16\\n${label}_begin:\\n.incbin \\\"${path}\\\"\\n${label}_end:\\n.byte 0\\n\"\n")
    string(APPEND declarations "extern const char ${label}_begin[];\nextern const char ${label}_end[];\n")
    string(APPEND rows "    {\"${name}\", {${label}_begin, static_cast<size_t>(${label}_end - ${label}_begin)}},\n")
    list(APPEND depends ${path})
    math(EXPR i "${i} + 1")
  endforeach()
  if(i EQUAL 0)
    message(FATAL_ERROR "cartwheel_embed(${target} ${symbol}): no files")
  endif()
  set(source ${CMAKE_BINARY_DIR}/embedded/${symbol}.cpp)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
// Made by cmake/embed.cmake.
#include "runtime/base/embedded.hpp"

asm(".pushsection .rodata\n"
@blobs@    ".popsection\n");

extern "C" {
@declarations@}

CARTWHEEL_EMBEDDED(@symbol@)

std::span<const cartwheel::embedded_file> cartwheel::embedded::@symbol@() {
  static const cartwheel::embedded_file files[] = {
@rows@  };
  return files;
}
]])
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${depends}")
  target_sources(${target} PRIVATE ${source})
endfunction()
