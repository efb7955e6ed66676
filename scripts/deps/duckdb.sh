# DuckDB 1.5.6: the npm package ships libduckdb.so, the crate the header of the same version.
duckdb_package=@duckdb/node-bindings-linux-x64@1.5.6-r.1
duckdb_package_sha256=1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff
duckdb_crate=libduckdb-sys
duckdb_crate_version=1.10506.1
duckdb_sources_sha256=05c43055c3c76c630957e787b160925f9212f33265f4e7dbbc413bdf655b5ddf
