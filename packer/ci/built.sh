#!/usr/bin/env bash
# Fails if Packer has built nothing, which Packer itself does not report as a failure.
# built.sh [FOLDER]: the folder of manifest.json; images by default. Prints the built files or ids.
set -euo pipefail
jq --raw-output --exit-status '.builds | if length > 0 then .[] | .artifact_id, (.files // [] | .[].name) else empty end | select(. != "")' \
  "${1:-images}/manifest.json" || {
  printf 'built.sh: Packer built nothing\n' >&2
  exit 1
}
