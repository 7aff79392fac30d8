#!/usr/bin/env bash
# Empties what cloud-init keeps of the seed: its files are on the disk, and what needs them is root.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

"${root}/opt/honeypot/scripts/scrub-seed.sh"
