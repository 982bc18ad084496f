# Sees to a Python with what exported models and event files are held to. Sourced after common.bash; call
# `prepare_python`.

# prepare_python: names it in KODAMA_PYTHON, unless that is set. Where it cannot be had that is said, and the tests that
# need it are skipped.
prepare_python() {
  if [[ -n ${KODAMA_PYTHON:-} ]]; then return 0; fi
  local folder=$root/.build/python
  local packages=(numpy onnxruntime tensorboard)
  if ! "$folder/bin/python" -c 'import numpy, onnxruntime, tensorboard' 2> /dev/null; then
    if ! { python3 -m venv --clear "$folder" && "$folder/bin/python" -m pip install -q "${packages[@]}"; } >&2; then
      say "there is no Python with numpy, onnxruntime and tensorboard: the tests that run exported models, or read" \
        "event files, are skipped"
      return 0
    fi
  fi
  export KODAMA_PYTHON=$folder/bin/python
}
