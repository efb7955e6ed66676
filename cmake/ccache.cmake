# ccache, where it is installed. Its settings stand in the command itself, so that whoever builds (scripts/build, ninja, an
# editor) shares the same cache: paths below the root count as relative, also in debug symbols, so clones share it
# too, and with precompiled headers it needs to be told that dates of files do not matter. The language of messages
# belongs to what ccache compares; scripts/test sets one, so that without it here CI and a hand would not share.
find_program(AML_CCACHE ccache)
mark_as_advanced(AML_CCACHE)
if(AML_CCACHE)
  # Of the repository, for the wheel too, whose project is below it.
  get_filename_component(AML_ROOT ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env LC_ALL=C.UTF-8 CCACHE_BASEDIR=${AML_ROOT} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${AML_CCACHE})
endif()
