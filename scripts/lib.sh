# What the scripts share; sourced, not run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Several clones may share one prefix: AML_DEPS=/some/where scripts/build
export AML_DEPS=${AML_DEPS:-$root/.deps}

say() { printf '%s\n' "$*" >&2; }
die() {
  say "${0##*/}: $*"
  exit 1
}

# The usage text of a script is the comment at its top.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# As many compilers as cores, but not more than memory allows: the worst file takes about 1 GB.
compile_jobs() {
  awk -v cores="$(nproc)" '
    $1 == "MemAvailable:" { jobs = int($2 / 1048576 / 1.2) }
    END { if (jobs < 1) jobs = 1; print (jobs < cores) ? jobs : cores }' /proc/meminfo
}

# The commit that the work in this tree began at: where its branch left main, or on main the last commit that nothing
# was changed since.
base_commit() {
  local main base
  for main in origin/main main; do
    base=$(git merge-base HEAD "$main" 2>/dev/null) || continue
    [[ $base == "$(git rev-parse HEAD)" ]] || { printf '%s\n' "$base" && return; }
  done
  if git diff --quiet HEAD && git rev-parse --verify --quiet HEAD~1; then return; fi
  git rev-parse HEAD
}
