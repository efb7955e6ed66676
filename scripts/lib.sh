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
