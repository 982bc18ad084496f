# Sees to the Swift toolchain and the system libraries. Sourced after common.bash; call `prepare`.

# The packages of Debian and Ubuntu, and what pkg-config calls the libraries in them.
packages=(
  libsndfile1-dev libfftw3-dev libopenblas-dev libsoxr-dev libcairo2-dev libebur128-dev fonts-dejavu-core
  pkg-config
)
libraries=(sndfile fftw3 openblas soxr cairo libebur128)

# What the C interface is written with came with this version.
least_swift=6.3

# swift_version: the toolchain's version, such as 6.3; nothing where there is none.
swift_version() {
  command -v swift > /dev/null || return 0
  swift --version 2> /dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1
}

check_swift() {
  local version
  version=$(swift_version)
  if [[ -z $version ]]; then
    fail "there is no Swift toolchain on the path; get $least_swift or later from https://www.swift.org/install/" 69
  fi
  if [[ $(printf '%s\n' "$least_swift" "$version" | sort -V | head -n 1) != "$least_swift" ]]; then
    fail "Swift $version is too old; get $least_swift or later from https://www.swift.org/install/" 69
  fi
}

# as_root COMMAND…: through sudo where this is not root already.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    fail "neither root nor sudo; have an administrator run: $*" 77
  fi
}

install_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null) == installed ]] || missing+=("$package")
  done
  if [[ ${#missing[@]} == 0 ]]; then return 0; fi
  if [[ $(id -u) == 0 ]]; then
    say "installing with apt-get: ${missing[*]}"
  else
    say "installing with apt-get through sudo: ${missing[*]}"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
}

# install_as_root PACKAGE…: for what can be done without: installs where this is root and there is an apt-get, else fails.
install_as_root() {
  [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null || return 1
  say "installing with apt-get: $*"
  env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 \
    && env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >&2
}

# Where there is no apt-get the libraries are looked for and named, and nothing is installed.
check_libraries() {
  local missing=() library
  command -v pkg-config > /dev/null || fail "pkg-config is missing; install it, and: ${libraries[*]}" 69
  for library in "${libraries[@]}"; do
    pkg-config --exists "$library" || missing+=("$library")
  done
  if [[ ${#missing[@]} != 0 ]]; then
    fail "missing libraries, as pkg-config calls them: ${missing[*]}; install them with their headers" 69
  fi
}

# prepare: returns at once where all is there.
prepare() {
  check_swift
  if command -v apt-get > /dev/null && command -v dpkg-query > /dev/null; then
    install_packages
  else
    check_libraries
  fi
}
