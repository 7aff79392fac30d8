#!/usr/bin/env bash
# Lists what an image is made of, by Syft, from the files of it that verify.sh kept.
# sbom.sh FOLDER NAME: NAME.spdx.json, and NAME.cdx.json, the form that GitLab reads
set -euo pipefail
folder="$1" name="$2" version=1.57.1
work="$(mktemp --directory)"
trap 'rm --recursive --force -- "${work}"' EXIT

address="https://github.com/anchore/syft/releases/download/v${version}" sums="syft_${version}_checksums.txt"
packed="syft_${version}_linux_$(dpkg --print-architecture).tar.gz"
for file in "${packed}" "${sums}"; do
  curl --location --fail --silent --show-error --retry 3 --output "${work}/${file}" "${address}/${file}"
done
(cd -- "${work}" && sha256sum --quiet --check --ignore-missing "${sums}")
tar --extract --file "${work}/${packed}" --directory "${work}" syft
SYFT_CHECK_FOR_APP_UPDATE=false "${work}/syft" scan --quiet "dir:${folder}" \
  --output "spdx-json=${name}.spdx.json" --output "cyclonedx-json=${name}.cdx.json"
