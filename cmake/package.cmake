# scripts/deb: a Debian package made by CPack of what cmake/install.cmake installs and of the component `debian` below:
# configuration in /etc, what systemd needs, licences, a list of all parts. The same program gives the same bytes.
set(documents share/doc/aml-miner)
set(debian COMPONENT debian EXCLUDE_FROM_ALL)
# dpkg leaves both as they are once somebody changed them (ops/debian/conffiles).
install(FILES aml-miner.example.toml DESTINATION /etc/aml-miner RENAME bitcoin.toml ${debian})
install(FILES .env.example DESTINATION /etc/aml-miner RENAME bitcoin.env PERMISSIONS OWNER_READ OWNER_WRITE ${debian})
install(FILES ops/debian/sysusers.conf DESTINATION lib/sysusers.d RENAME aml-miner.conf ${debian})
install(FILES ops/debian/group.conf DESTINATION lib/systemd/system/aml-miner@.service.d ${debian})
install(CODE "set(source \"${CMAKE_SOURCE_DIR}\")\nset(deps \"${AML_DEPS}\")\nset(documents ${documents})" ${debian})
install(CODE [[
  set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
  execute_process(COMMAND ${CMAKE_COMMAND} -E env "AML_DEPS=${deps}"
                          "${source}/scripts/bill-of-materials" "${root}/lib/aml-miner/aml-miner" "${root}/${documents}"
                  COMMAND_ERROR_IS_FATAL ANY)
  # Debian's zsh looks for what packages bring in a folder of its own.
  file(MAKE_DIRECTORY "${root}/share/zsh/vendor-completions")
  file(RENAME "${root}/share/zsh/site-functions/_aml-miner" "${root}/share/zsh/vendor-completions/_aml-miner")
  file(REMOVE_RECURSE "${root}/share/zsh/site-functions")
  file(GLOB pages "${root}/share/man/man1/*.1")
  execute_process(COMMAND gzip --best --no-name --force ${pages} COMMAND_ERROR_IS_FATAL ANY)
]] ${debian})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME aml-miner)
set(CPACK_PACKAGE_CONTACT "The aml-miner authors <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "scores alerts against money laundering on blockchains, and serves the scores")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "One program and its models turn each day's batch of alerts into risk scores, ranks and exact
 explanations, serve them over HTTP, and answer Bittensor's validators. aml-miner@NAME.service does so unattended.")
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};aml-miner;ALL;/;${CMAKE_BINARY_DIR};aml-miner;debian;/")
# What is installed names /usr, not the folder where the package is put together.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
# Debian's libraries are Debian's to mend; the two that it has not are brought along.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${AML_DEPS}/duckdb/lib;${AML_DEPS}/lightgbm/lib")
set(CPACK_DEBIAN_PACKAGE_DEPENDS passwd)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, systemd")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3.11, python3-pip")
set(control ${CMAKE_SOURCE_DIR}/ops/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${control}/conffiles ${control}/postinst ${control}/prerm ${control}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
