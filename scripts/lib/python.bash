# Sees to a Python with what exported models are held to. Sourced after common.bash; call `prepare_python`.

# prepare_python: names it in KODAMA_PYTHON, unless that is set. Where it cannot be had that is said, and the tests that
# need it are skipped.
prepare_python() {
  if [[ -n ${KODAMA_PYTHON:-} ]]; then return 0; fi
  local folder=$root/.build/python
  if ! "$folder/bin/python" -c 'import numpy, onnxruntime' 2> /dev/null; then
    if ! { python3 -m venv --clear "$folder" && "$folder/bin/python" -m pip install -q numpy onnxruntime; } >&2; then
      say "there is no Python with numpy and onnxruntime: the tests that run exported models are skipped"
      return 0
    fi
  fi
  export KODAMA_PYTHON=$folder/bin/python
}
