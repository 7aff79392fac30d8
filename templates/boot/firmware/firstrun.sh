#!/usr/bin/env bash
# Runs once instead of the system (Raspberry Pi OS 12): unpacks the sensor's files and makes the next boot a normal one.
# The Pi must boot even after a failure; the output is on the card.
cd /boot/firmware || exit
bash ./honeypot-unpack.sh >sensor-first-boot.log 2>&1
# The order matters: with its options on the command line but without this file, a Pi would always turn itself off. The
# line is overwritten in place, in one sector, so that a power cut leaves either the old or the new one.
line="$(sed 's/ systemd\.\(run\|unit=kernel\)[^ ]*//g' cmdline.txt)" && size="$(stat --format=%s cmdline.txt)" && [[ -n "${line}" ]] &&
  printf '%-*s\n' "$((size - 1))" "${line}" | dd of=cmdline.txt bs=4K conv=notrunc,fsync status=none &&
  sync &&
  rm --force honeypot-unpack.sh &&
  rm --force firstrun.sh
