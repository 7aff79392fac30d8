#!/usr/bin/env bash
# Builds OpenTofu, the stand-in for its providers, and OpenStack's provider, each at the version in its go.mod, into
# .cache/tofu. build-providers.sh builds others, whose sources are not in Go's index.
set -euo pipefail
cd "$(dirname "$0")"
build() {
  (cd "$1" && go build -o "../../../../.cache/tofu/$1" "$2")
}
build stand-in .
build openstack github.com/terraform-provider-openstack/terraform-provider-openstack/v3
# OpenTofu takes some six minutes of processor time.
build tofu github.com/opentofu/opentofu/cmd/tofu
