#!/usr/bin/env bash
# Runs the analysis tool that is named over the closed days that it has not had, as nobody in particular, within limits.
# shellcheck disable=SC2310,SC2312 # functions are asked whether they could; what is not there has no lines
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 027
shopt -s inherit_errexit nullglob
tool="$1" reports="${logs}/reports/$1" new="${logs}/.$1.new" ledger="${state}/analysed-$1" stem=webhoneypot
database="${root}/usr/share/GeoIP/GeoLite2-Country.mmdb" private="${root}/var/lib/private/honeypot-$1"
problems=() count=0 said="" reason=""
if [[ "${tool}" == cowrieprocessor ]]; then stem=cowrie; fi

main() {
  local interval since day name file days=() list=" ${TOOLS_INTERVALS} "
  interval="${list#* "${tool}" }" interval="${interval%% *}"
  # What failed is tried again for a week.
  since="$(date --date="-$((interval / 86400 + 7)) days" +%F)"
  mkdir --parents -- "${reports}"
  touch -- "${ledger}"
  find "${reports}" -mindepth 1 -maxdepth 1 -mtime "+${TOOLS_KEEP_DAYS}" -exec rm --recursive --force -- {} +
  for file in "${logs}/${stem}/${stem}"_*.json.gz; do
    name="${file##*/}" day="${name#*_}" day="${day:0:10}"
    if [[ "${day}" > "${since}" && "${days[0]:-}" != "${day}" ]] && ! grep --quiet --fixed-strings --line-regexp -e "${name}" -- "${ledger}"; then
      days=("${day}" "${days[@]}")
    fi
  done
  message="no new day"
  if ((${#days[@]} == 0)); then return; fi
  if [[ "${tool}" == cowrieprocessor ]]; then
    # Each day by itself, the newest first: one that is too much for the limits is in the way of no other.
    for day in "${days[@]}"; do
      if ((SECONDS < TOOLS_MAX_SECONDS)); then analyse "${day}" "${day}"; fi
    done
  else
    find_database
    name="${days[-1]}"
    if ((${#days[@]} > 1)); then name+="_${days[0]}"; fi
    analyse "${name}" "${days[@]}"
  fi
  message="${count} of ${#days[@]} days; ${said}"
  if ((${#problems[@]})); then
    message="${problems[*]}"
    return 1
  fi
}

# analyse REPORT DAY...: all that was collected of those days.
analyse() {
  local day keys=() taken without=""
  files=()
  for day in "${@:2}"; do files+=("${logs}/${stem}/${stem}_${day}"*.json.gz); done
  if [[ "${tool}" == cowrieprocessor ]]; then
    for day in virustotal urlhaus spur; do
      if [[ -e "${secrets}/${day}" ]]; then keys+=(--property="LoadCredential=${day}:${secrets}/${day}"); fi
    done
    if [[ -n "${TOOLS_EMAIL}" ]]; then keys+=(--setenv="TOOLS_EMAIL=${TOOLS_EMAIL}"); fi
  fi
  if ((${#keys[@]})); then
    # Those that are asked may be away, answer nonsense, or allow no more questions: then there is a report without them.
    attempt "${keys[@]}" || without="asked nobody, since ${reason}; "
  fi
  if ((${#keys[@]} == 0)) || [[ -n "${without}" ]]; then
    if ! attempt --property=PrivateNetwork=yes; then
      problems+=("$1: ${reason}")
      return
    fi
  fi
  rm --recursive --force -- "${new}" "${reports:?}/$1"
  mkdir -- "${new}"
  taken="$(python3 -I "${root}/usr/local/lib/honeypot/take_report.py" "${private}" "${new}" "${TOOLS_MAX_MEGABYTES}")"
  mapfile -t taken <<<"${taken}"
  said="${without}${taken[0]}"
  for day in "${taken[@]:1}"; do note note "$1: ${day}"; done
  sync
  mv --no-target-directory -- "${new}" "${reports}/$1"
  put "${ledger}" remember
  count=$((count + $# - 1))
  log "$1: ${said}"
}

remember() {
  cat -- "${ledger}"
  printf '%s\n' "${files[@]##*/}"
}

# A last line that has no end would take the next day's first with it.
read_days() {
  local file
  for file in "${files[@]}"; do
    gzip --decompress --stdout -- "${file}" || return 1
    printf '\n'
  done
}

# attempt PROPERTY...: in a unit of its own. A Raspberry Pi counts no memory of units, hence the limit of a process.
attempt() {
  local output="${state}/${tool}.output"
  rm --recursive --force -- "${private}"
  if read_days | systemd-run --pipe --wait --collect --unit="honeypot-${tool}" \
    --property=DynamicUser=yes --property="StateDirectory=honeypot-${tool}" --property="WorkingDirectory=/var/lib/honeypot-${tool}" \
    --property="RuntimeMaxSec=${TOOLS_MAX_SECONDS}" --property="MemoryMax=${TOOLS_MAX_MEGABYTES}M" --property=MemorySwapMax=0 \
    --property="LimitDATA=${TOOLS_MAX_MEGABYTES}M" --property="LimitFSIZE=${TOOLS_MAX_MEGABYTES}M" --property=TasksMax=64 \
    --property=OOMScoreAdjust=1000 --property=CPUWeight=1 --property=IOSchedulingClass=idle --property=Nice=19 \
    --property=ProtectHome=yes --property=PrivateDevices=yes --property=ProtectProc=invisible --property=CapabilityBoundingSet= "$@" \
    --setenv=OPENBLAS_NUM_THREADS=1 --setenv="PROGRAM=${root}/opt/honeypot/src/${tool}" --setenv="DATABASE=${database}" \
    -- /usr/bin/python3 "${root}/usr/local/lib/honeypot/tools/${tool}.py" 2>&1 | tail --bytes=100000 >"${output}"; then
    return
  fi
  reason="$(grep --text --invert-match --extended-regexp '^(Running as|Finished with|Main processes|Service runtime|CPU time|Memory |IO |IP )|^[[:space:]]*$' "${output}" |
    tail --lines=1 | head --bytes=200 | tr --complement --delete '[:print:]')"
  case "$(sed --quiet 's/^Finished with result: //p' "${output}" | tail --lines=1) ${reason}" in
  timeout*) reason="it did not end within ${TOOLS_MAX_SECONDS} s" ;;
  oom-kill* | *MemoryError*) reason="it wants more than ${TOOLS_MAX_MEGABYTES} MB of memory" ;;
  *) reason="it ended with: ${reason}" ;;
  esac
  return 1
}

# A licence key gets a new database once a week; while the network is away the old one will do.
find_database() {
  if [[ -e "${secrets}/maxmind" && -z "$(find "${database}" -mtime -7 2>/dev/null)" ]]; then
    (umask 022 && mkdir --parents -- "${database%/*}" && put "${database}" download) || log "no new database: the download failed"
  fi
  if [[ ! -e "${database}" ]]; then
    message="there is no database of countries at ${database}"
    exit 1
  fi
}

# The key is in no argument.
download() {
  curl --silent --show-error --fail --location --proto =https --max-time 900 \
    --config <(printf 'user = "%s:%s"\n' "${TOOLS_MAXMIND_ACCOUNT}" "$(<"${secrets}/maxmind")") \
    'https://download.maxmind.com/geoip/databases/GeoLite2-Country/download?suffix=tar.gz' |
    tar --extract --gzip --to-stdout --wildcards '*/GeoLite2-Country.mmdb'
}

take_lock "${tool}"
trap 'record_end "${tool}"; keep_notes "${tool}"' EXIT
main
