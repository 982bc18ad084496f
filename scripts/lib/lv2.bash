# Sees to what the LV2 plug-in is built and tried with. Sourced after common.bash and prepare.bash; call `prepare_lv2`.

lv2_tools=(lv2_validate sord_validate lv2apply lv2bench jackd jack_lsp jack_rec jack_metro jack_connect jalv)

has_lv2() {
  local tool
  for tool in "${lv2_tools[@]}"; do
    command -v "$tool" > /dev/null || return 1
  done
  pkg-config --exists lv2 sndfile
}

# prepare_lv2: where something is missing, Debian's and Ubuntu's packages are installed with apt-get, where this is
# root. Fails where it cannot be had, which is said.
prepare_lv2() {
  if has_lv2; then return 0; fi
  if install_as_root lv2-dev lilv-utils sordi jackd2 jalv libsndfile1-dev pkg-config && has_lv2; then return 0; fi
  say "the LV2 plug-in cannot be tried without the headers of LV2 and ${lv2_tools[*]}"
  return 1
}
