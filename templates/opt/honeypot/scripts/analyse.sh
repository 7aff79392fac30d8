#!/usr/bin/env bash
# Runs the named analysis tool on the finished days that it has not processed yet, as a temporary user with limits.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions; missing files have no lines
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
  # A failed day is retried for a week.
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
    # Each day separately, the newest first, so that a day that exceeds the limits does not block the others.
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

# analyse REPORT DAY...: all logs that were collected on those days.
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
    # A service may be unreachable, reply with garbage, or limit queries: then the report is made without it.
    attempt "${keys[@]}" || without="made no queries, because ${reason}; "
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

# A last line without an end would be joined with the first line of the next day.
read_days() {
  local file
  for file in "${files[@]}"; do
    gzip --decompress --stdout -- "${file}" || return 1
    printf '\n'
  done
}

# attempt PROPERTY...: in a separate unit. A Raspberry Pi does not count the memory of units, hence the process limit.
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
  oom-kill* | *MemoryError*) reason="it needs more than ${TOOLS_MAX_MEGABYTES} MB of memory" ;;
  *) reason="it ended with: ${reason}" ;;
  esac
  return 1
}

# Downloads a new database once a week; without a network the old one is used.
find_database() {
  if [[ -e "${secrets}/maxmind" && -z "$(find "${database}" -mtime -7 2>/dev/null)" ]]; then
    (umask 022 && mkdir --parents -- "${database%/*}" && put "${database}" download) || log "the download of a new database failed"
  fi
  if [[ ! -e "${database}" ]]; then
    message="there is no database of countries at ${database}"
    exit 1
  fi
}

# The key is not passed as an argument.
download() {
  curl --silent --show-error --fail --location --proto =https --max-time 900 \
    --config <(printf 'user = "%s:%s"\n' "${TOOLS_MAXMIND_ACCOUNT}" "$(<"${secrets}/maxmind")") \
    'https://download.maxmind.com/geoip/databases/GeoLite2-Country/download?suffix=tar.gz' |
    tar --extract --gzip --to-stdout --wildcards '*/GeoLite2-Country.mmdb'
}

take_lock "${tool}"
trap 'record_end "${tool}"; keep_notes "${tool}"' EXIT
main
