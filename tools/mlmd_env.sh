#!/usr/bin/env bash
# Builds an environment with ML Metadata 1.17, which cannot be installed beside TensorFlow, to read our lineage databases with.
#   mlmd_env.sh DIR     prints the environment's python; does nothing when DIR is complete
set -euo pipefail
dir=${1:?usage: mlmd_env.sh DIR}
wheels='import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 10), (3, 11)))'
if [ ! -e "$dir/.complete" ]; then
  for python in python3.11 python3.10 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[01].*/bin/python; do
    if "$python" -c "$wheels" >/dev/null 2>&1; then
      "$python" -m venv "$dir" >&2
      "$dir/bin/python" -m pip install --quiet --disable-pip-version-check ml-metadata==1.17.0 'numpy<2' >&2
      touch "$dir/.complete"
      break
    fi
  done
fi
[ -e "$dir/.complete" ] || { echo "mlmd_env: ML Metadata 1.17 needs Python 3.10 or 3.11, and none is here." >&2; exit 1; }
echo "$dir/bin/python"
