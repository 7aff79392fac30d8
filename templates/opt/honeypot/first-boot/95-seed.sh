#!/usr/bin/env bash
# All is well: the seed with its secrets is needed no more.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

"${root}/opt/honeypot/scripts/scrub-seed.sh" --now
