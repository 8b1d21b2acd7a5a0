# Tests, fuzzers and benches. All run with the source folder as working directory, so golden data has relative paths.
include(GoogleTest)

# stn_add_test(<name> SOURCES ... [LINK ...] [LABELS ...] [TIMEOUT seconds]): GoogleTest binary, one ctest per case.
function(stn_add_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  gtest_discover_tests(${name}
    TEST_PREFIX "${name}."
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 30
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()

# stn_add_fuzzer(<name> SOURCES ... [LINK ...] [CORPUS dirs...]): libFuzzer target; nothing outside the fuzz preset.
# `./x fuzz` runs every program in out/fuzz/fuzz; seeds are taken from CORPUS.
add_custom_target(fuzzers)
function(stn_add_fuzzer name)
  if(NOT STN_SANITIZE STREQUAL "fuzz")
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;CORPUS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
  add_dependencies(fuzzers ${name})
  if(arg_CORPUS)
    set(folders)
    foreach(folder IN LISTS arg_CORPUS)
      cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
      string(APPEND folders "${folder}\n")
    endforeach()
    file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/fuzz/${name}.corpus" CONTENT "${folders}")
  endif()
endfunction()

# stn_add_bench(<name> SOURCES ... [LINK ...]): Google Benchmark program in out/<preset>/bench.
function(stn_add_bench name)
  if(NOT benchmark_FOUND OR NOT STN_SANITIZE STREQUAL "")
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} benchmark::benchmark)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
endfunction()
