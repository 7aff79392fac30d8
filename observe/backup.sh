#!/usr/bin/env bash
# A backup succeeds, and each set has an archive with its checksum. A capture is archived after tcpdump has closed it and
# retention has made it read-only. Another run may have the lock (75).
# Variables: sets.
set -euo pipefail
run() {
  local try
  for ((try = 0; try < 60; try++)); do
    code=0
    timeout 900 "$root/opt/honeypot/scripts/$1" >/dev/null 2>&1 || code=$?
    if ((code != 75)); then break; fi
    sleep 2
  done
}
systemctl restart honeypot-capture.service
run retention.sh
if ((code)); then missing "retention.sh ends with exit code $code"; fi
run backup.sh
if ((code)); then missing "backup.sh ends with exit code $code: $(cut --delimiter=' ' --fields=3- "$root"/var/lib/honeypot/state/backup.last)"; fi
cd "$root"/var/backups/honeypot
shopt -s nullglob
sums=(*.sha256)
if ((${#sums[@]} == 0)); then missing "there is no archive in $root/var/backups/honeypot"; fi
if ! sha256sum --check --status --strict -- "${sums[@]}"; then missing "an archive does not match its checksum"; fi
for set in $sets; do
  of=(*"_${set}_"*.sha256)
  if ((${#of[@]} == 0)); then missing "there is no archive of the set $set"; fi
done
seen "${#sums[@]} archives in $root/var/backups/honeypot, with checksums"
