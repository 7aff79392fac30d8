#!/usr/bin/env bash
# Loads the firewall and sets what DShield's installer sets otherwise, if DShield is there.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

"${root}/opt/honeypot/scripts/reapply.sh" --now
