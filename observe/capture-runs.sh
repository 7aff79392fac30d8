#!/usr/bin/env bash
# tcpdump runs with the options of the settings, and not as root.
# Variables: options, interface.
set -euo pipefail
pid="$(systemctl show --property=MainPID --value honeypot-capture.service)"
if [[ ! "$pid" =~ ^[1-9][0-9]{0,9}$ ]]; then missing "tcpdump is not running"; fi
words="$(tr '\0' ' ' <"$root/proc/$pid/cmdline")"
for option in $options; do
  if [[ " $words" != *" ${option/:/ } "* ]]; then missing "tcpdump runs without ${option/:/ }"; fi
done
if [[ "$interface" != auto && "$words" != *" --interface=$interface "* ]]; then missing "tcpdump does not capture on $interface"; fi
user="$(stat --format=%U "$root/proc/$pid")"
if [[ "$user" == root ]]; then missing "tcpdump runs as root"; fi
seen "tcpdump runs as $user with ${options//:/ }"
