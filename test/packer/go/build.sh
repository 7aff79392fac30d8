#!/usr/bin/env bash
# Builds a current Packer and its plugin for QEMU from source into .cache/packer-current, each at the version in its go.mod.
# The Go index has no release of the plugin as new as the one that packer/qemu pins: the plugin built here reports the
# pinned version, so that `packer init` accepts it.
set -euo pipefail
cd "$(dirname "$0")"
pinned=$(sed -n 's/^ *version = "= \(.*\)"$/\1/p' ../../../packer/qemu/plugins.pkr.hcl)
build() {
  (cd "$1" && go build -ldflags "$2" -o "../../../../.cache/packer-current/$1" "github.com/hashicorp/$1")
}
build packer ''
build packer-plugin-qemu "-X github.com/hashicorp/packer-plugin-qemu/version.Version=${pinned:?}"
