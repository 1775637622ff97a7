# Make sure that the browser tests find a Chromium and a Firefox: the system's, else Debian's
# packages where they may be installed; of Chromium also Playwright's own download.
set -euo pipefail
found() { for name in "$@"; do command -v "$name" >/dev/null && return 0; done; return 1; }
wanted=()
found chromium chromium-browser google-chrome || wanted+=(chromium)
found firefox-esr firefox || wanted+=(firefox-esr)
if [ ${#wanted[@]} = 0 ]; then exit 0; fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "· installing ${wanted[*]} with apt-get"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${wanted[@]}" >/dev/null
  exit 0
fi
if [[ " ${wanted[*]} " == *" chromium "* ]] && ! ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-* >/dev/null 2>&1; then
  echo "· downloading Chromium with Playwright"
  .venv/bin/python -m playwright install chromium
fi
if [[ " ${wanted[*]} " == *" firefox-esr "* ]]; then
  echo "· there is no Firefox, and its test will fail: install it with the system's package manager"
fi
