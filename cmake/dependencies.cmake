# Everything here is a Debian bookworm package (scripts/install-deps.sh); what lacks a CMake config gets a target.
find_package(Threads REQUIRED)
find_package(CAF REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(ZLIB REQUIRED)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd_package REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(rocksdb_package REQUIRED IMPORTED_TARGET rocksdb)

add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_CONCEPTS)

add_library(msgpack INTERFACE)
target_compile_definitions(msgpack INTERFACE MSGPACK_NO_BOOST)

add_library(simdjson INTERFACE)
target_link_libraries(simdjson INTERFACE simdjson::simdjson)

find_package(nlohmann_json REQUIRED)
add_library(json INTERFACE)
target_link_libraries(json INTERFACE nlohmann_json::nlohmann_json)

add_library(zstd INTERFACE)
target_link_libraries(zstd INTERFACE PkgConfig::zstd_package)

# Its CMake config asks for development packages of whatever it was built with.
add_library(rocksdb INTERFACE)
target_link_libraries(rocksdb INTERFACE PkgConfig::rocksdb_package)

# mimalloc replaces malloc for the whole process; a sanitizer needs to do that itself.
add_library(allocator INTERFACE)
if(NOT CARTWHEEL_SANITIZE)
  find_package(mimalloc REQUIRED)
  target_link_libraries(allocator INTERFACE mimalloc)
  target_link_options(allocator INTERFACE -Wl,--no-as-needed)
endif()
