# Sees to what jobs of several processes are built and tried with. Sourced after common.bash and prepare.bash; call
# `prepare_mpi`.

has_mpi() { command -v mpirun > /dev/null && pkg-config --exists ompi-c; }

# prepare_mpi: where something is missing, Debian's and Ubuntu's packages are installed with apt-get, where this is root.
# Fails where it cannot be had, which is said.
prepare_mpi() {
  if has_mpi; then return 0; fi
  if install_as_root libopenmpi-dev openmpi-bin pkg-config && has_mpi; then return 0; fi
  say "jobs of several processes cannot be tried without Open MPI: mpirun and what pkg-config calls ompi-c"
  return 1
}
