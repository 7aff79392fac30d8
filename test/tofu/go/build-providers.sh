#!/usr/bin/env bash
# usage: build-providers.sh [MODULE...]
# Builds the provider of each module, at the version that the module pins, from its source on GitHub into
# .cache/tofu/providers. Without arguments: all that a machine with two processors builds in minutes.
set -euo pipefail
cd "$(dirname "$0")/../../.."
[[ $# -gt 0 ]] || set -- digitalocean hetzner libvirt linode proxmox vultr
mkdir --parents .cache/tofu/providers
for module in "$@"; do
  source=$(sed --quiet 's/^ *source *= "\(.*\)"/\1/p' "tofu/${module}/versions.tf")
  version=$(sed --quiet 's/^ *version *= "= \(.*\)"/\1/p' "tofu/${module}/versions.tf")
  folder=$(mktemp --directory)
  git -c advice.detachedHead=false clone --quiet --depth 1 --branch "v${version}" -- "https://github.com/${source%/*}/terraform-provider-${source#*/}" "${folder}"
  (cd "${folder}" && CGO_ENABLED=0 go build -o provider .)
  mv "${folder}/provider" ".cache/tofu/providers/${module}"
  rm --recursive --force "${folder}"
done
