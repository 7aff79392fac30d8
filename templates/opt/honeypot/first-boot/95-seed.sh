#!/usr/bin/env bash
# Empties what cloud-init keeps of the seed: all is well, its secrets are needed no more.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

"${root}/opt/honeypot/scripts/scrub-seed.sh" --now
