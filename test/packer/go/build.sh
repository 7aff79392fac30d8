#!/usr/bin/env bash
# Builds a current Packer and its plugin for QEMU, each at the version its go.mod pins, into .cache/packer-current.
set -euo pipefail
cd "$(dirname "$0")"
for name in packer packer-plugin-qemu; do
  (cd "${name}" && go build -o "../../../../.cache/packer-current/${name}" "github.com/hashicorp/${name}")
done
