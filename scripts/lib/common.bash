# What the scripts share. Sourced, not run: it sets `root` to the folder of the package and goes nowhere.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Both would hold OpenBLAS to a slower kind of processor than the one that is there.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

say() { printf '%s\n' "$*" >&2; }

# fail MESSAGE [STATUS]
fail() {
  say "$(basename "$0"): $1"
  exit "${2:-1}"
}

# step TITLE: says what comes next.
step() { say "== $*"; }

# usage_error MESSAGE: for a command line that cannot be understood.
usage_error() { fail "$1 (--help says more)" 64; }

# absolute PATH: the path from the root of the file system, whether or not it exists.
absolute() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$PWD/$1" ;;
  esac
}
