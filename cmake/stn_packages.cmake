# Debian 12 packages behind one target each, so that a folder names what it uses and nothing else.
# Each has a line in docs/adr/. simdjson and libisal are shared libraries: plugins only.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)

# Asio and DLL, headers only.
add_library(stn_boost INTERFACE)
target_link_libraries(stn_boost INTERFACE Boost::headers Threads::Threads ${CMAKE_DL_LIBS})
target_compile_definitions(stn_boost INTERFACE
  BOOST_DLL_USE_STD_FS BOOST_ERROR_CODE_HEADER_ONLY BOOST_SYSTEM_NO_LIB
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX)

# Header-only spdlog on header-only fmt: Debian has no static build of either.
find_package(fmt REQUIRED)
find_path(STN_SPDLOG_INCLUDE spdlog/spdlog.h REQUIRED)
add_library(stn_spdlog INTERFACE)
target_include_directories(stn_spdlog SYSTEM INTERFACE ${STN_SPDLOG_INCLUDE})
target_link_libraries(stn_spdlog INTERFACE fmt::fmt-header-only Threads::Threads)
target_compile_definitions(stn_spdlog INTERFACE SPDLOG_HEADER_ONLY SPDLOG_FMT_EXTERNAL)

find_path(STN_TOML_INCLUDE toml++/toml.h REQUIRED)
add_library(stn_toml INTERFACE)
target_include_directories(stn_toml SYSTEM INTERFACE ${STN_TOML_INCLUDE})
target_compile_definitions(stn_toml INTERFACE TOML_EXCEPTIONS=0 TOML_HEADER_ONLY=1)

find_path(STN_NLOHMANN_INCLUDE nlohmann/json.hpp REQUIRED)
add_library(stn_json INTERFACE)
target_include_directories(stn_json SYSTEM INTERFACE ${STN_NLOHMANN_INCLUDE})

# Libraries without a CMake package of their own: found on first use, an error then.
function(stn_find_library target header library)
  find_path(${target}_INCLUDE ${header})
  find_library(${target}_LIBRARY ${library})
  if(${target}_INCLUDE AND ${target}_LIBRARY)
    add_library(${target} INTERFACE)
    target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
    target_link_libraries(${target} INTERFACE ${${target}_LIBRARY})
  endif()
endfunction()
stn_find_library(stn_simdjson simdjson.h simdjson)
stn_find_library(stn_isal isa-l.h isal)
stn_find_library(stn_zlib zlib.h z)
stn_find_library(stn_lz4 lz4frame.h lz4)
stn_find_library(stn_zstd zstd.h zstd)
find_package(CLI11 QUIET)
find_package(OpenSSL QUIET)

find_package(GTest REQUIRED)
find_package(benchmark QUIET)
