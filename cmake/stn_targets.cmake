# Interface targets of the arrows api <- sdk/plugin <- plugins, helpers for folders and programs.
add_library(stn_api INTERFACE)
target_include_directories(stn_api INTERFACE "${CMAKE_SOURCE_DIR}/api/include")

# What `./x run` needs: programs and shipped plugins, without tests, fuzzers and benches.
add_custom_target(stanchion_all)

add_library(stn_sdk INTERFACE)
target_include_directories(stn_sdk INTERFACE "${CMAKE_SOURCE_DIR}/sdk/plugin/include")
target_link_libraries(stn_sdk INTERFACE stn_api)

# A folder joins the build by having a CMakeLists.txt; no list has to be extended.
function(stn_add_folders)
  foreach(folder IN LISTS ARGN)
    if(EXISTS "${CMAKE_SOURCE_DIR}/${folder}/CMakeLists.txt")
      add_subdirectory("${CMAKE_SOURCE_DIR}/${folder}" "${CMAKE_BINARY_DIR}/${folder}")
    endif()
  endforeach()
endfunction()

# The folder's own CMakeLists.txt if there is one, otherwise that of each folder directly below.
function(stn_add_folders_below parent)
  if(EXISTS "${CMAKE_SOURCE_DIR}/${parent}/CMakeLists.txt")
    stn_add_folders(${parent})
    return()
  endif()
  file(GLOB found CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/${parent}/*/CMakeLists.txt")
  foreach(list_file IN LISTS found)
    cmake_path(GET list_file PARENT_PATH folder)
    stn_add_folders(${folder})
  endforeach()
endfunction()

# In release the C++ runtime is linked in: one file runs on any Debian 12, whatever libstdc++ it has.
function(stn_static_runtime target)
  if(STN_STATIC_RUNTIME)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()

# stn_add_library(<target> [INCLUDE dir...] SOURCES ... [LINK ...]): a static PIC archive with hidden symbols.
function(stn_add_library target)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;INCLUDE" ${ARGN})
  add_library(${target} STATIC ${arg_SOURCES})
  target_include_directories(${target} PUBLIC ${arg_INCLUDE})
  target_link_libraries(${target} PUBLIC ${arg_LINK})
endfunction()

# stn_add_program(<target> SOURCES ... [LINK ...]): out/<preset>/bin/<target>, exporting nothing to what it loads.
function(stn_add_program target)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LINK})
  target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL -Wl,-z,now -Wl,-z,relro -Wl,--as-needed)
  set_target_properties(${target} PROPERTIES ENABLE_EXPORTS OFF)
  stn_static_runtime(${target})
  add_dependencies(stanchion_all ${target})
  install(TARGETS ${target} RUNTIME DESTINATION bin)
endfunction()
