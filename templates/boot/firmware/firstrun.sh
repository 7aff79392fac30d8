#!/usr/bin/env bash
# Runs once in place of the system (Raspberry Pi OS 12): lays the sensor's files and has the next start be an ordinary one.
# Whatever fails, the Pi must start; what it said is on the card.
cd /boot/firmware || exit
bash ./honeypot-unpack.sh >sensor-first-boot.log 2>&1
# In this order: with its words on the command line and without this file, a Pi would turn itself off for ever. The line is
# written in its place, in one sector: a power cut leaves the old one or the new one, and no Pi without either.
line="$(sed 's/ systemd\.\(run\|unit=kernel\)[^ ]*//g' cmdline.txt)" && size="$(stat --format=%s cmdline.txt)" && [[ -n "${line}" ]] &&
  printf '%-*s\n' "$((size - 1))" "${line}" | dd of=cmdline.txt bs=4K conv=notrunc,fsync status=none &&
  sync &&
  rm --force honeypot-unpack.sh &&
  rm --force firstrun.sh
