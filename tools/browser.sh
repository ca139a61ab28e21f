#!/bin/sh
# Makes sure that the tests of the page have a browser: Chromium, which Playwright drives; its own download is not used.
# Nothing is installed where JOPHIEL_TEST_BROWSER names one.
set -u

[ -n "${JOPHIEL_TEST_BROWSER:-}" ] && exit 0
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done

if ! command -v apt-get >/dev/null 2>&1; then
  echo "browser: the tests of the page need Chromium. Install it, or name one in JOPHIEL_TEST_BROWSER" >&2
  exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "browser: the tests of the page need Chromium. Run: sudo apt-get install chromium (or set JOPHIEL_TEST_BROWSER)" >&2
    exit 1
  fi
  as_root="sudo -n"
fi

echo "browser: no Chromium here; installing the distribution's chromium for the tests of the page"

install() {
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends install chromium 2>&1
}
if ! message=$(install); then
  # The lists of packages may be missing or old.
  $as_root apt-get -o DPkg::Lock::Timeout=300 -qq update >/dev/null 2>&1
  if ! message=$(install); then
    printf '%s\n' "$message" | tail -n 5 >&2
    echo "browser: chromium could not be installed; run: apt-get install chromium" >&2
    exit 1
  fi
fi
