#!/bin/sh
# Prints a Python that can build the environment: 3.10 to 3.13, with venv. $PYTHON, where set, is tried alone.
#   find_python.sh        the first one found
#   find_python.sh --all  one of each version found
usable='import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))'
candidates() {
  for version in 3.12 3.11 3.13 3.10; do
    echo "python$version"
    for root in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*; do
      echo "$root/bin/python"
    done
  done
  echo python3
}
found=
seen=
for python in ${PYTHON:-$(candidates)}; do
  "$python" -c "$usable" >/dev/null 2>&1 || continue
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  case " $seen " in *" $version "*) continue ;; esac
  seen="$seen $version"
  found=yes
  command -v "$python"
  [ "${1:-}" = --all ] || exit 0
done
[ -n "$found" ] && exit 0
echo "No usable Python was found${PYTHON:+ at $PYTHON}: trainwright needs Python 3.10 to 3.13 with its venv module" >&2
echo "(Debian: apt-get install python3-venv). Name one with PYTHON=/path/to/python." >&2
exit 1
