#!/usr/bin/env bash
# Installs the plugin of a source in the version of its plugins.pkr.hcl and with a pinned checksum; `packer init` would
# trust the host that it downloads from. Needs Packer 1.11 or later.
# plugins.sh FOLDER: out/packer/qemu
set -euo pipefail
file="$1/plugins.pkr.hcl" here="$(dirname -- "${BASH_SOURCE[0]}")"
source="$(sed --quiet 's/^ *source *= *"\([a-z0-9./-]*\)"$/\1/p' -- "${file}")"
version="$(sed --quiet 's/^ *version *= *"= \([0-9.]*\)"$/\1/p' -- "${file}")"
name="${source##*/}"
case "$(uname --machine)" in
  x86_64) platform=linux_amd64 ;;
  aarch64) platform=linux_arm64 ;;
  *) platform="$(uname --machine)" ;;
esac
plugin="packer-plugin-${name}_v${version}_x5.0_${platform}"

installed="$(packer plugins installed)"
if grep --quiet "/${source}/${plugin}$" <<<"${installed}"; then exit; fi
case "${source}" in
  # Unlike HashiCorp's other plugins, the community releases this one.
  github.com/hashicorp/proxmox | github.com/digitalocean/* | github.com/hetznercloud/* | github.com/solo-io/*)
    url="https://${source%/*}/packer-plugin-${name}/releases/download/v${version}/${plugin}.zip"
    ;;
  *) url="https://releases.hashicorp.com/packer-plugin-${name}/${version}/packer-plugin-${name}_${version}_${platform}.zip" ;;
esac
work="$(mktemp --directory)"
trap 'rm --recursive --force -- "${work}"' EXIT
bash "${here}/fetch.sh" "${url}" "${work}/plugin.zip"
unzip -q "${work}/plugin.zip" "${plugin}" -d "${work}"
chmod +x "${work}/${plugin}"
packer plugins install --path "${work}/${plugin}" "${source}"
