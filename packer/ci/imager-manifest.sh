#!/usr/bin/env bash
# Prints a list for Raspberry Pi Imager with this image; Imager asks for name, user and network.
# imager-manifest.sh IMAGE.img.xz raspios-12|raspios-13 URL
set -euo pipefail
packed="$1" os="$2" url="$3" format=cloudinit-rpi
# It has no cloud-init, so Imager must write the script that the system itself runs.
if [[ "${os}" == raspios-12 ]]; then format=systemd; fi

sum="$(xz --decompress --stdout -- "${packed}" | sha256sum)"
size="$(xz --robot --list -- "${packed}" | awk '$1 == "totals" { print $5 }')"
packed_sum="$(sha256sum <"${packed}")"
packed_size="$(stat --format=%s -- "${packed}")"
date="$(date --utc +%F)"
jq --null-input --arg name "DShield sensor, ${os}" --arg format "${format}" --arg url "${url}" --arg date "${date}" \
  --arg sum "${sum%% *}" --argjson size "${size}" --arg packed_sum "${packed_sum%% *}" --argjson packed_size "${packed_size}" \
  '{os_list: [{
    name: $name, description: "An image for DShield sensors without identity and secrets; a seed turns it into a sensor.", url: $url,
    extract_size: $size, extract_sha256: $sum, image_download_size: $packed_size, image_download_sha256: $packed_sum,
    release_date: $date, init_format: $format, architecture: "armv8",
    devices: ["pi5-64bit", "pi4-64bit", "pi3-64bit"]
  }]}'
