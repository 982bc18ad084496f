# Sees to what jobs of several processes are built and tried with. Sourced after common.bash and prepare.bash; call
# `prepare_mpi`.

has_mpi() { command -v mpirun > /dev/null && pkg-config --exists ompi-c; }

# prepare_mpi: where something is missing, Debian's and Ubuntu's packages are installed with apt-get, where this is root.
# Fails where it cannot be had, which is said.
prepare_mpi() {
  if has_mpi; then return 0; fi
  local packages=(libopenmpi-dev openmpi-bin pkg-config)
  if [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null; then
    say "installing with apt-get: ${packages[*]}"
    if env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 \
      && env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}" >&2 \
      && has_mpi; then
      return 0
    fi
  fi
  say "jobs of several processes cannot be tried without Open MPI: mpirun and what pkg-config calls ompi-c"
  return 1
}
