#!/usr/bin/env bash
# Runs once in place of the system (Raspberry Pi OS 12): lays the sensor's files and has the next start be an ordinary one.
# Whatever fails, the Pi must start; what it said is on the card.
bash /boot/firmware/honeypot-unpack.sh >/boot/firmware/sensor-first-boot.log 2>&1
# In this order: with its words on the command line and without this file, a Pi would turn itself off for ever.
sed --in-place 's/ systemd\.\(run\|unit=kernel\)[^ ]*//g' /boot/firmware/cmdline.txt &&
  sync &&
  rm --force /boot/firmware/firstrun.sh
