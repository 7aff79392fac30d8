#!/usr/bin/env bash
# Makes what only the build of a virtual machine needs: the key by which Packer logs in, and the seed that lets it in.
# prepare.sh [FOLDER]: what Packer's variable "output" says; images unless it is said.
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
