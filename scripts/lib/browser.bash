# Sees to a browser that reports are opened in. Sourced after common.bash and prepare.bash; call `prepare_browser`.

# prepare_browser: where there is none, Debian's and Ubuntu's Chromium is installed with apt-get, where this is root. Where it
# cannot be had that is said, and the tests that need it are skipped.
prepare_browser() {
  local name
  for name in "${KODAMA_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [[ -n $name ]] && "$name" --version > /dev/null 2>&1; then return 0; fi
  done
  if install_as_root chromium; then return 0; fi
  say "there is no Chromium: the tests that open reports in a browser are skipped"
}
