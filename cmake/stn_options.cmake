# Language levels, warnings, build types, sanitizers. One place for every flag of the project.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(STN_SANITIZE "" CACHE STRING "empty, address, thread or fuzz")
set_property(CACHE STN_SANITIZE PROPERTY STRINGS "" address thread fuzz)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Nothing is visible across a shared object unless it says so.
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# -g1 keeps function names and lines for profiles and stack traces without the size of full symbols.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

add_compile_options(-Wall -Wextra -Werror -ffunction-sections -fdata-sections -fno-omit-frame-pointer)
add_compile_definitions(_GNU_SOURCE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 reports impossible overlaps inside std::string::operator+ (GCC bug 105651).
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
add_link_options(-Wl,--gc-sections)

# The shape of the tree is the same in build and install: bin/ and lib/stanchion/plugins/1/ beside it.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(STN_PLUGIN_SUBDIR "lib/stanchion/plugins/1")
set(STN_PLUGIN_DIR "${CMAKE_BINARY_DIR}/${STN_PLUGIN_SUBDIR}")

set(STN_STATIC_RUNTIME OFF)
if(STN_SANITIZE STREQUAL "")
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    set(STN_STATIC_RUNTIME ON)
  endif()
elseif(STN_SANITIZE STREQUAL "address")
  set(stn_sanitizer_flags -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(STN_SANITIZE STREQUAL "thread")
  set(stn_sanitizer_flags -fsanitize=thread)
  # Boost.Asio uses fences, which ThreadSanitizer only warns about at compile time.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
elseif(STN_SANITIZE STREQUAL "fuzz")
  set(stn_sanitizer_flags -fsanitize=address,undefined -fno-sanitize-recover=all)
  add_compile_options(-fsanitize=fuzzer-no-link)
else()
  message(FATAL_ERROR "STN_SANITIZE=${STN_SANITIZE}: use address, thread or fuzz")
endif()
if(stn_sanitizer_flags)
  # Sanitized builds warn about optimiser artefacts (maybe-uninitialized and its kin) that are not there in release.
  add_compile_options(${stn_sanitizer_flags} $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(${stn_sanitizer_flags})
endif()
