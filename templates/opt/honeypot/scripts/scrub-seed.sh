#!/usr/bin/env bash
# Removes the secrets from cloud-init's copies of the seed: once its files are safely on the disk, and after each boot,
# which may have downloaded it again. Keeps the data by which cloud-init recognises this machine.
# shellcheck disable=SC2310 # an unreadable copy is reported
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
shopt -s nullglob
# If cloud-init queries no service at later boots, it would use the provider's name for the machine.
empty=$'#cloud-config\n{"preserve_hostname": true}'
forget='import pickle, sys
old = pickle.load(open(sys.argv[1], "rb"))
old.userdata, old.userdata_raw = None, sys.argv[2]
for data in vars(old).values(): isinstance(data, dict) and [data.pop(key, None) for key in ("user-data", "user_data", "userdata", "write_files")]
sys.stdout.buffer.write(pickle.dumps(old))'

# Until then, a boot after a power cut writes the files again.
if [[ ! -e "${state}/first-boot/payload.done" ]]; then exit; fi
take_lock scrub-seed 60
rm --force -- "${root}"/var/lib/honeypot/{payload,programs}.tar.{gz,lzma.b85}
for folder in "${root}"/var/lib/cloud/instances/*/; do
  for file in "${folder}"{user-data.txt,user-data.txt.i,cloud-config.txt}; do
    if [[ -s "${file}" && "$(<"${file}")" != "${empty}" ]]; then (umask 077 && put "${file}" printf '%s\n' "${empty}"); fi
  done
  # cloud-init continues from this file if it does not query which machine this is.
  if [[ -e "${folder}obj.pkl" ]]; then
    (umask 077 && put "${folder}obj.pkl" python3 -I -c "${forget}" "${folder}obj.pkl" "${empty}") || log "${folder}obj.pkl is left unchanged"
  fi
done
for file in "${root}"/run/cloud-init/{instance-data-sensitive,combined-cloud-config}.json; do
  if [[ -e "${file}" ]]; then printf '{}\n' >"${file}"; fi
done
# nft may not be installed yet.
if [[ -x "${root}/opt/honeypot/scripts/egress.sh" ]] && command -v nft >/dev/null; then "${root}/opt/honeypot/scripts/egress.sh"; fi
