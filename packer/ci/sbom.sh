#!/usr/bin/env bash
# Lists the packages and the clones in an image, from the files that verify.sh kept.
# sbom.sh FOLDER NAME: writes NAME.spdx.json, and NAME.cdx.json for GitLab
# shellcheck disable=SC2016 # the variables are jq's
set -euo pipefail
shopt -s nullglob
folder="$1" name="$2"

# Prints the name, the commit and the origin of each clone. Skips other folders.
clones() {
  local head commit url
  for head in "${folder}"/opt/honeypot/src/*/.git/HEAD; do
    if [[ -L "${head%/.git/HEAD}" || -L "${head%/HEAD}" || -L "${head}" || -L "${head%HEAD}config" ]]; then continue; fi
    commit="$(head --bytes=64 -- "${head}" | grep --only-matching --extended-regexp '^[0-9a-f]{40,64}$' || true)"
    url="$(head --bytes=4096 -- "${head%HEAD}config" | sed --quiet 's/^[[:space:]]*url = \(https:[^[:space:]]*\)$/\1/p' || true)"
    head="${head%/.git/HEAD}"
    if [[ -n "${commit}" && -n "${url}" ]]; then printf '%s %s %s\n' "${head##*/}" "${commit}" "${url%%$'\n'*}"; fi
  done
}

for file in var/lib/dpkg/status usr/lib/os-release; do
  if [[ ! -f "${folder}/${file}" || -L "${folder}/${file}" ]]; then
    printf 'sbom.sh: %s has no %s\n' "${folder}" "${file}" >&2
    exit 1
  fi
done
created="$(date --utc +%FT%TZ)"
sum="$(sha256sum <"${folder}/var/lib/dpkg/status")"
clones="$(clones)"

# list PROGRAM: runs a jq program that turns `$parts`, sorted by name, into a document.
list() {
  jq --null-input --rawfile status "${folder}/var/lib/dpkg/status" --rawfile release "${folder}/usr/lib/os-release" \
    --arg clones "${clones}" --arg created "${created}" --arg name "${name##*/}" --arg sum "${sum%% *}" '
      ($release | split("\n") | map(capture("^(?<key>[A-Z_]+)=\"?(?<value>[^\"]*)\"?$")) | from_entries) as $os
      | ([$status | split("\n\n")[] | split("\n") | map(capture("^(?<key>[A-Za-z-]+): (?<value>.*)$")) | from_entries
          | select(.Package and .Version and ((.Status // "") | endswith(" installed")))
          | {name: .Package, version: .Version, purl: "pkg:deb/\($os.ID | @uri)/\(.Package | @uri)@\(.Version | @uri)?arch=\(.Architecture | @uri)&distro=\($os.ID | @uri)-\($os.VERSION_ID // "" | @uri)"}]
        + [$clones | split("\n")[] | split(" ") | select(length == 3)
          | {name: .[0], version: .[1], purl: "pkg:generic/\(.[0] | @uri)@\(.[1])?vcs_url=\("git+" + .[2] + "@" + .[1] | @uri)"}]
        | sort_by(.name, .purl)) as $parts
      | '"$1"
}

list '{
  spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: $name,
  documentNamespace: "https://sensorbake.invalid/spdx/\($name | @uri)-\($sum)",
  creationInfo: {created: $created, creators: ["Tool: sensorbake"]},
  packages: [$parts | to_entries[] | {
    SPDXID: "SPDXRef-\(.key + 1)", name: .value.name, versionInfo: .value.version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
    externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: .value.purl}]
  }],
  relationships: [$parts | to_entries[] | {
    spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-\(.key + 1)"
  }]
}' >"${name}.spdx.json"
list '{
  bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
  metadata: {timestamp: $created, component: {type: "operating-system", name: $os.ID, version: ($os.VERSION_ID // "")}},
  components: [$parts[] | {type: "library", "bom-ref": .purl} + .]
}' >"${name}.cdx.json"
