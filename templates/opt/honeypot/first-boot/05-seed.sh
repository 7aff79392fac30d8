#!/usr/bin/env bash
# Empties cloud-init's copies of the seed, because its files are on the disk now.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

"${root}/opt/honeypot/scripts/scrub-seed.sh"
