# Every library the program links, as one imported target each, with version and reason.
# DuckDB and LightGBM come from the prefix that scripts/bootstrap fills; the rest from Debian 12.

set(AML_DEPS "$ENV{AML_DEPS}" CACHE PATH "Prefix filled by scripts/bootstrap")
if(NOT AML_DEPS)
  set(AML_DEPS "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "Prefix filled by scripts/bootstrap" FORCE)
endif()

# The library's folder becomes the build rpath of whatever links it (CMake does that for imported
# shared libraries with an absolute path), so build/aml-miner runs without LD_LIBRARY_PATH.
function(aml_prefix_library target library include_dir header)
  if(NOT EXISTS "${library}" OR NOT EXISTS "${include_dir}/${header}")
    message(FATAL_ERROR "${library} or ${header} is missing: run scripts/bootstrap first")
  endif()
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION "${library}"
    INTERFACE_INCLUDE_DIRECTORIES "${include_dir}")
endfunction()

# DuckDB 1.5.6, C interface: runs the feature SQL, reads and writes Parquet.
aml_prefix_library(duckdb::duckdb
  "${AML_DEPS}/duckdb/lib/libduckdb.so" "${AML_DEPS}/duckdb/include" duckdb.h)

# LightGBM 4.7.0, C interface: trains the models and is the reference for our own inference.
aml_prefix_library(lightgbm::lightgbm
  "${AML_DEPS}/lightgbm/lib/lib_lightgbm.so" "${AML_DEPS}/lightgbm/include" LightGBM/c_api.h)

# schnorrkel 0.11.5 behind the C interface of src/bittensor/sr25519: sr25519 keys and signatures.
if(NOT EXISTS "${AML_DEPS}/sr25519/lib/libaml_sr25519.a")
  message(FATAL_ERROR "${AML_DEPS}/sr25519/lib/libaml_sr25519.a is missing: run scripts/bootstrap first")
endif()
add_library(sr25519::sr25519 STATIC IMPORTED GLOBAL)
set_target_properties(sr25519::sr25519 PROPERTIES
  IMPORTED_LOCATION "${AML_DEPS}/sr25519/lib/libaml_sr25519.a")

# A library of Debian whose own CMake package differs between releases, under one name.
function(aml_alias name)
  foreach(candidate ${ARGN})
    if(TARGET ${candidate})
      add_library(${name} INTERFACE IMPORTED GLOBAL)
      target_link_libraries(${name} INTERFACE ${candidate})
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${name}: found no target among ${ARGN}")
endfunction()

find_package(Threads REQUIRED)                                # Threads::Threads
find_package(CLI11 2.1 REQUIRED CONFIG)                       # CLI11::CLI11: options of the subcommands
find_package(fmt 9.1 REQUIRED CONFIG)                         # fmt::fmt: g++ 12 has no <format>
find_package(spdlog 1.10 REQUIRED CONFIG)                     # spdlog::spdlog: logs, text or JSON lines
find_package(nlohmann_json 3.11 REQUIRED CONFIG)              # nlohmann_json::nlohmann_json: META.json and replies
find_package(OpenSSL 3.0 REQUIRED)                            # OpenSSL::Crypto: sha256, md5, HMAC for S3 signatures
find_package(CURL 7.88 REQUIRED)                              # CURL::libcurl: HTTP client, S3
find_package(EXPAT 2.5 REQUIRED)                              # EXPAT::EXPAT: XML of S3 services as a stream; a tree of it overflows the stack
find_package(Boost 1.81 REQUIRED CONFIG COMPONENTS headers)   # Boost::headers: Beast and Asio, the HTTP server
find_package(prometheus-cpp REQUIRED CONFIG)                  # prometheus-cpp::core: the metrics of the servers
find_package(simdjson 3.0 REQUIRED CONFIG)                    # simdjson::simdjson: submissions of miners
find_package(SQLite3 3.40 REQUIRED)                          # SQLite::SQLite3: the validator's ledger, cases
find_package(yaml-cpp 0.7 REQUIRED CONFIG)                      # yaml-cpp: TagPacks with labels of addresses
find_package(tomlplusplus 3.3 REQUIRED CONFIG)                # tomlplusplus::tomlplusplus: the settings of the service
find_package(ZLIB 1.2 REQUIRED)                               # ZLIB::ZLIB: gzip bodies of the API
find_library(B2_LIBRARY b2 REQUIRED)                          # libb2: blake2b of 16 bytes, in keys of the chain's storage
find_package(zstd 1.5 REQUIRED CONFIG)                        # zstd 1.5: compression of stored bodies
aml_alias(zstd::zstd zstd::libzstd_shared zstd::libzstd_static)

if(AML_TESTS)
  find_package(GTest 1.12 REQUIRED CONFIG)                    # GTest::gtest, gmock, gtest_main: unit tests
endif()
