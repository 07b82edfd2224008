# Warnings are errors in our own code; libraries come in as SYSTEM and are left alone.
add_library(cartwheel_options INTERFACE)
target_include_directories(cartwheel_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(cartwheel_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                                   -Wconversion -Wno-sign-conversion -Werror)
# GCC 12 reports these inside its own string and vector code after inlining (bugs 105329, 105651): noise at -O2, nothing of ours.
target_compile_options(cartwheel_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread)
if(CARTWHEEL_SANITIZE)
  add_compile_options(-fsanitize=${CARTWHEEL_SANITIZE} -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=${CARTWHEEL_SANITIZE})
  target_compile_options(cartwheel_options INTERFACE -Wno-maybe-uninitialized -Wno-tsan)
else()
  target_compile_options(cartwheel_options INTERFACE -g1)
endif()
if(CARTWHEEL_FAULT_HOOKS)
  target_compile_definitions(cartwheel_options INTERFACE CARTWHEEL_FAULT_HOOKS=1)
endif()
