#!/usr/bin/env bash
# Takes out of an image whatever only one machine may have. Packer runs it last, as root.
set -euo pipefail
root="${HONEYPOT_ROOT:-}"

cloud-init clean --logs --machine-id
rm --force -- "${root}"/etc/ssh/ssh_host_* "${root}/root/.ssh/authorized_keys"
