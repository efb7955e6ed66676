# cmake --install: PREFIX/lib/aml-miner has the program with all that it looks for beside itself (models, pages, libraries
# by a relative run path), so that PREFIX may lie, and be moved, anywhere. PREFIX/bin has a link to it.
set(home lib/aml-miner)
set_target_properties(aml-miner PROPERTIES INSTALL_RPATH "$ORIGIN/lib")
# The same commit gives the same program in every folder. Installing writes over the run path of the build, which names the
# prefix twice: a third entry makes it as long everywhere. An identity of the build would be made with that path in it.
string(LENGTH "${AML_DEPS}" length)
if(length LESS 200)
  math(EXPR padding "200 - ${length}")
  string(REPEAT "/." ${padding} padding)
  set_target_properties(aml-miner PROPERTIES BUILD_RPATH "/nonexistent${padding}")
endif()
target_link_options(aml-miner PRIVATE -Wl,--build-id=none)
install(TARGETS aml-miner RUNTIME DESTINATION ${home})
install(FILES ${AML_DEPS}/lightgbm/lib/lib_lightgbm.so ${AML_DEPS}/duckdb/lib/libduckdb.so DESTINATION ${home}/lib)
install(DIRECTORY trained_models DESTINATION ${home} PATTERN ".*" EXCLUDE)
install(DIRECTORY web/ DESTINATION ${home}/web/pages)
install(DIRECTORY src/features/sql DESTINATION share/aml-miner)
install(FILES aml-miner.example.toml DESTINATION share/aml-miner)
install(DIRECTORY ops/ DESTINATION share/aml-miner/ops PATTERN "*.in" EXCLUDE PATTERN debian EXCLUDE PATTERN docker EXCLUDE)
# By name: whoever uses compose.yml has settings and keys beside it.
install(FILES ops/docker/Dockerfile ops/docker/Dockerfile.dockerignore ops/docker/compose.yml DESTINATION share/aml-miner/ops/docker)
install(DIRECTORY docs/ DESTINATION share/doc/aml-miner FILES_MATCHING PATTERN "*.md")
install(FILES README.md CHANGELOG.md LICENSE DESTINATION share/doc/aml-miner)
# The chain adapter's Python environment is made by who wants it.
install(FILES src/bittensor/chain_adapter.py scripts/deps/sdk11-requirements.txt DESTINATION ${home}/chain)
install(PROGRAMS scripts/chain-setup DESTINATION bin RENAME aml-miner-chain-setup)

# What is made of the program, names where it lies, or lies behind a link. file(INSTALL) puts $DESTDIR before the path itself.
install(CODE "set(source \"${CMAKE_SOURCE_DIR}\")\nset(deps \"${AML_DEPS}\")\nset(home \"${home}\")")
install(CODE [[
  set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
  string(RANDOM LENGTH 12 name)  # two may install the same build at once
  set(made "${CMAKE_CURRENT_LIST_DIR}/manual.${name}")
  file(REAL_PATH "${deps}/web" vendor)
  file(INSTALL "${vendor}/" DESTINATION "${CMAKE_INSTALL_PREFIX}/${home}/web/vendor" PATTERN ".made" EXCLUDE)
  execute_process(COMMAND "${source}/scripts/manual" "${root}/${home}/aml-miner" "${made}" COMMAND_ERROR_IS_FATAL ANY)
  file(INSTALL "${made}/man/man1" DESTINATION "${CMAKE_INSTALL_PREFIX}/share/man")
  file(INSTALL "${made}/bash/aml-miner" DESTINATION "${CMAKE_INSTALL_PREFIX}/share/bash-completion/completions")
  file(INSTALL "${made}/zsh/_aml-miner" DESTINATION "${CMAKE_INSTALL_PREFIX}/share/zsh/site-functions")
  file(INSTALL "${made}/fish/aml-miner.fish" DESTINATION "${CMAKE_INSTALL_PREFIX}/share/fish/vendor_completions.d")
  file(MAKE_DIRECTORY "${root}/bin")
  file(CREATE_LINK "../${home}/aml-miner" "${root}/bin/aml-miner" SYMBOLIC)
  # As systemd reads it: % begins what it fills in, and blanks end a word that stands in no quotes.
  string(REPLACE "%" "%%" program "${CMAKE_INSTALL_PREFIX}/bin/aml-miner")
  if(program MATCHES "[\"']")
    message(WARNING "systemd starts no program whose path has quotes: its unit will not work")
  elseif(NOT program MATCHES "^[A-Za-z0-9/._+%-]*$")
    set(program "\"${program}\"")
  endif()
  configure_file("${source}/ops/systemd/aml-miner@.service.in" "${made}/aml-miner@.service" @ONLY)
  file(INSTALL "${made}/aml-miner@.service" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
  file(REMOVE_RECURSE "${made}")
]])
