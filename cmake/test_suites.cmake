# For ctest: one test for each suite of the GoogleTest program `program`, called `name`; runs in `folder`, with `environment`.
if(NOT EXISTS "${program}")
  add_test(${name}_NOT_BUILT ${name}_NOT_BUILT)  # as GoogleTest's own module has it
  return()
endif()
execute_process(COMMAND "${program}" --gtest_list_tests
  WORKING_DIRECTORY "${folder}" TIMEOUT 60 OUTPUT_VARIABLE listed ERROR_VARIABLE complaints RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${program} does not list its tests: ${result}\n${listed}\n${complaints}")
endif()
# A suite is a line that ends with a dot, or has one before a comment; its cases are indented.
string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_/]+\\.( +#[^\n]*)?\n  " suites "${listed}")
if(NOT suites)
  message(FATAL_ERROR "${program} lists no test:\n${listed}")
endif()
foreach(suite IN LISTS suites)
  string(REGEX REPLACE "^\n?([A-Za-z0-9_/]+)\\..*" "\\1" suite "${suite}")
  add_test("${name}.${suite}" "${program}" "--gtest_filter=${suite}.*")
  set_tests_properties("${name}.${suite}" PROPERTIES
    LABELS unit TIMEOUT 600 WORKING_DIRECTORY "${folder}" ENVIRONMENT "${environment}")
endforeach()
