# cartwheel_embed_templates(TARGET DIR): compiles a folder's *.mustache files into TARGET, so that the program needs no
# files at run time (actors/content/template_set.hpp, built_in_template_files). The same file, run as a script, writes
# the source: cmake -DFROM=DIR -DTO=FILE -P embed_templates.cmake
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB files ${FROM}/*.mustache)
  list(SORT files)
  set(source "// Made by cmake/embed_templates.cmake.\n#include \"actors/content/template_set.hpp\"\n\n")
  string(APPEND source "namespace cartwheel {\n\nstd::span<const template_file> built_in_template_files() {\n")
  string(APPEND source "  static const std::vector<template_file> files{\n")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(APPEND source "      {\"${name}\", R\"cartwheel(${text})cartwheel\"},\n")
  endforeach()
  string(APPEND source "  };\n  return files;\n}\n\n}  // namespace cartwheel\n")
  file(WRITE ${TO} "${source}")
else()
  set(embed_templates_script ${CMAKE_CURRENT_LIST_FILE})
  function(cartwheel_embed_templates target dir)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.mustache)
    set(out ${CMAKE_BINARY_DIR}/generated/${dir}/built_in_templates.cpp)
    add_custom_command(OUTPUT ${out} DEPENDS ${files} ${embed_templates_script} VERBATIM
      COMMAND ${CMAKE_COMMAND} -DFROM=${CMAKE_SOURCE_DIR}/${dir} -DTO=${out} -P ${embed_templates_script}
      COMMENT "Embedding ${dir}")
    target_sources(${target} PRIVATE ${out})
  endfunction()
endif()
