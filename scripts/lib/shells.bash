# Sees to the shells that completions are tried in. Sourced after common.bash; call `prepare_shells`.

# prepare_shells: where zsh or fish is missing, Debian's and Ubuntu's is installed with apt-get, where this is root. What
# cannot be had is left out by whoever needs it.
prepare_shells() {
  local missing=() shell
  for shell in zsh fish; do
    command -v "$shell" > /dev/null || missing+=("$shell")
  done
  if [[ ${#missing[@]} == 0 || $(id -u) != 0 ]] || ! command -v apt-get > /dev/null; then return 0; fi
  say "installing with apt-get: ${missing[*]}"
  env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 \
    && env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 \
    || say "${missing[*]} cannot be installed"
}
