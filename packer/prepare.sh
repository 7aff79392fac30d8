#!/usr/bin/env bash
# Creates the files that only the build of a virtual machine needs: Packer's login key, and a seed that accepts it.
# prepare.sh [FOLDER]: as in Packer's variable "output"; images by default.
set -euo pipefail
output="${1:-images}"

mkdir --parents -- "${output}/seed"
if [[ ! -s "${output}/build_key" ]]; then
  ssh-keygen -q -t ed25519 -N '' -C 'packer, while it builds' -f "${output}/build_key"
fi
key="$(<"${output}/build_key.pub")"
printf '{"instance-id": "sensorbake-build"}\n' >"${output}/seed/meta-data"
printf '#cloud-config\n{"users": [{"name": "root", "ssh_authorized_keys": ["%s"]}], "disable_root": false}\n' \
  "${key}" >"${output}/seed/user-data"
