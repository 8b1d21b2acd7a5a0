# What `cmake --install` and ./x package put together: bin/, lib/stanchion/plugins/1/, manifests, headers for plugin authors.
install(DIRECTORY api/include/ DESTINATION include FILES_MATCHING PATTERN "*.h")
install(DIRECTORY sdk/plugin/include/ DESTINATION include FILES_MATCHING PATTERN "*.h")
install(DIRECTORY conf/ DESTINATION share/stanchion/conf OPTIONAL FILES_MATCHING PATTERN "*.toml")
install(FILES LICENSE README.md CHANGELOG.md DESTINATION share/doc/stanchion)

set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_NAME stanchion)
set(CPACK_PACKAGE_CONTACT "The Stanchion authors <stanchion@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "native message broker for Apache RocketMQ clients")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/package")
set(CPACK_PACKAGING_INSTALL_PREFIX "/usr")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
# libsimdjson, libisal and whatever else a plugin links, asked of the files themselves.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
