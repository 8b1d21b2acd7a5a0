# stn_add_plugin(<target> [DIR folder] SOURCES ... [LINK ...] [OUTPUT_DIRECTORY dir])
#
# Builds the plugin described by DIR/plugin.toml (default: the current folder) as
# out/<preset>/lib/stanchion/plugins/1/<id>-<version>.so with exactly one exported symbol, stn_plugin_v1.
#
#   <target>        the module
#   <target>_objs   its objects with their include path and links: a unit test links this and nothing else
#
# From plugin.toml come: an ELF note with the file verbatim, so that the kernel can read it before any code of the
# module runs, and plugin_info.h (STN_PLUGIN_ID, STN_PLUGIN_VERSION) for the entry macro of <stanchion/plugin.h>.

# First `key = "value"` of the file in out_var; the two keys asked for stand before any table.
function(stn_read_manifest_key file key out_var)
  file(READ "${file}" text)
  string(REGEX MATCH "(^|\n)${key}[ \t]*=[ \t]*\"([^\"\n]+)\"" found "${text}")
  if(NOT found)
    message(FATAL_ERROR "${file}: no line ${key} = \"...\"")
  endif()
  set(${out_var} "${CMAKE_MATCH_2}" PARENT_SCOPE)
endfunction()

# plugins/x-y holds stn.x.y: whoever knows the id knows the folder.
function(stn_check_plugin_id dir id)
  cmake_path(GET dir FILENAME folder)
  cmake_path(GET dir PARENT_PATH parent)
  string(REPLACE "-" "." expected "stn.${folder}")
  if(parent STREQUAL "${CMAKE_SOURCE_DIR}/plugins" AND NOT id STREQUAL expected)
    message(FATAL_ERROR "${dir}/plugin.toml: id is \"${id}\", the folder name asks for \"${expected}\"")
  endif()
endfunction()

function(stn_add_plugin target)
  cmake_parse_arguments(arg "" "DIR;OUTPUT_DIRECTORY" "SOURCES;LINK" ${ARGN})
  if(NOT arg_DIR)
    set(arg_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_DIR NORMALIZE)
  set(manifest "${arg_DIR}/plugin.toml")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${manifest}")
  stn_read_manifest_key("${manifest}" id id)
  stn_read_manifest_key("${manifest}" version version)
  stn_check_plugin_id("${arg_DIR}" "${id}")

  set(generated "${CMAKE_CURRENT_BINARY_DIR}/${target}_gen")
  set(STN_MANIFEST "${manifest}")
  set(STN_PLUGIN_ID "${id}")
  set(STN_PLUGIN_VERSION "${version}")
  configure_file("${CMAKE_SOURCE_DIR}/cmake/plugin_note.S.in" "${generated}/plugin_note.S" @ONLY)
  configure_file("${CMAKE_SOURCE_DIR}/cmake/plugin_info.h.in" "${generated}/plugin_info.h" @ONLY)
  set_source_files_properties("${generated}/plugin_note.S" PROPERTIES OBJECT_DEPENDS "${manifest}")

  list(TRANSFORM arg_SOURCES PREPEND "${arg_DIR}/" REGEX "^[^/$]")
  add_library(${target}_objs OBJECT ${arg_SOURCES})
  target_include_directories(${target}_objs PUBLIC "${arg_DIR}/src" "${generated}")
  target_link_libraries(${target}_objs PUBLIC stn_api ${arg_LINK})

  add_library(${target} MODULE "${generated}/plugin_note.S")
  target_link_libraries(${target} PRIVATE ${target}_objs)
  stn_link_plugin(${target})
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".so" OUTPUT_NAME "${id}-${version}")
  if(arg_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${arg_OUTPUT_DIRECTORY}")
  else()
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${STN_PLUGIN_DIR}")
    add_dependencies(stanchion_all ${target})
    install(TARGETS ${target} LIBRARY DESTINATION "${STN_PLUGIN_SUBDIR}")
  endif()
endfunction()

# Link rules of every module: nothing undefined, nothing exported but the entry, nothing bound to a neighbour.
function(stn_link_plugin target)
  set(exports "${CMAKE_SOURCE_DIR}/cmake/plugin.exports")
  target_link_options(${target} PRIVATE
    -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,-z,now -Wl,-z,relro -Wl,--as-needed
    "-Wl,--version-script=${exports}")
  set_target_properties(${target} PROPERTIES LINK_DEPENDS "${exports}" LINKER_LANGUAGE CXX)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR STN_SANITIZE STREQUAL "")
    # clang links sanitizer runtimes into the program only, so its sanitized modules have open references.
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  stn_static_runtime(${target})
endfunction()
