#!/usr/bin/env bash
# Installs DShield from its clone, with nobody at a keyboard. Its installer's exit code means little: what it should
# have made is looked for, one by one.
# shellcheck disable=SC2310,SC2312 # functions are asked questions here, and what is not there says nothing
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
umask 022
user=dshield home="${root}/opt/dshield" srv="${root}/srv" etc="${root}/etc" tries="${state}/dshield.tries"
ini="${srv}/dshield/etc/dshield.ini" output="${root}/var/log/honeypot_dshield.log" swap="${root}/var/honeypot.swap"
# For the time of the run only. A boot removes the first of them, too, should the power go.
sudoer="${etc}/sudoers.d/90-honeypot-dshield" apt="${etc}/apt/apt.conf.d/90-honeypot-dshield"
restarts="${etc}/needrestart/conf.d/90-honeypot-dshield.conf"
key="$(<"${secrets}/dshield_api_key")"

# fail TASK MESSAGE: the first boot tries again, each time later, so that neither the service nor a mirror is pestered.
fail() {
  local count=0
  if [[ -s "${tries}" ]]; then count="$(<"${tries}")"; fi
  put "${tries}" printf '%s\n' $((++count))
  record "$1" failed "$2"
  clean
  sleep "$((count < 30 ? count * ${dshield_pause:-60} : 1800))"
  log "$2"
  exit 1
}

# The service knows the key when it can make the same hash of it.
check_key() {
  local nonce hash address said
  if [[ "${DSHIELD_CHECK_KEY}" == false ]]; then
    record dshield-key unchecked "not asked for: check_api_key is false"
    return
  fi
  nonce="$(openssl rand -hex 10)"
  hash="$(printf '%s:%s' "${DSHIELD_EMAIL}" "${key}" | openssl dgst -sha512 -hmac "${nonce}" -hex)"
  address="${DSHIELD_EMAIL//+/%2b}"
  said="$(curl --silent --show-error --max-time 60 --retry 2 -- \
    "${dshield_service:-https://isc.sans.edu}/api/checkapikey/${address/@/%40}/${nonce}/${hash##* }/100/${piid}" 2>&1)" ||
    said="could not ask: ${said}"
  if [[ "${said}" == *'<result>ok</result>'* ]]; then
    if [[ "${said}" =~ \<id\>([0-9]+)\</id\> && "${BASH_REMATCH[1]}" != "${DSHIELD_USER_ID}" ]]; then
      fail dshield-key "this API key is that of account ${BASH_REMATCH[1]}, not of ${DSHIELD_USER_ID}"
    fi
    record dshield-key ok "accepted"
  elif [[ "${said}" == *'<result>'* ]]; then
    fail dshield-key "DShield refuses this API key for ${DSHIELD_EMAIL}"
  else
    said="not checked: the service said ${said:0:200}"
    record dshield-key unchecked "${said}"
    log "API key ${said}"
  fi
}

make_user() {
  local group=--user-group
  if getent group "${user}" >/dev/null; then group="--gid=${user}"; fi
  if ! getent passwd "${user}" >/dev/null; then
    useradd --system --create-home --home-dir="${home}" --shell=/usr/sbin/nologin "${group}" -- "${user}"
  fi
  mkdir --parents -- "${etc}/tmpfiles.d" "${etc}/needrestart/conf.d"
  printf 'r! %s\n' "${sudoer}" >"${etc}/tmpfiles.d/honeypot-dshield.conf"
  sync -- "${etc}/tmpfiles.d/honeypot-dshield.conf"
  (umask 0337 && put "${sudoer}" printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\n' "${user}")
}

# What would ask, wait for a lock no longer than a moment, or restart what is running.
answer_questions() {
  printf '%s\n' 'APT::Get::Assume-Yes "true";' 'Acquire::Retries "3";' 'DPkg::Lock::Timeout "900";' \
    'Dpkg::Options {"--force-confdef"; "--force-confold";};' >"${apt}"
  # shellcheck disable=SC2016 # it is Perl's
  printf '%s\n' '$nrconf{restart} = "l";' >"${restarts}"
  debconf-set-selections <<<'debconf debconf/frontend select Noninteractive'
  systemctl stop apt-daily.timer apt-daily-upgrade.timer apt-daily.service apt-daily-upgrade.service || true
}

# Building what cowrie needs takes more memory than a small machine has.
add_swap() {
  if (($(awk '/^(MemTotal|SwapTotal):/ { sum += $2 } END { print sum }' "${root}/proc/meminfo") > 2000000)); then return; fi
  fallocate --length=1G -- "${swap}" && chmod 0600 -- "${swap}" && mkswap "${swap}" >/dev/null && swapon -- "${swap}"
}

# bash and Python read it both; the alphabets of the settings serve them. A bare address of the admin's is all that the
# installer understands of networks.
write_ini() {
  local network addresses=""
  for network in ${ADMIN_ALLOW_FROM}; do
    if [[ "${network}" == *.*/32 ]]; then addresses+=" ${network%/32}"; fi
  done
  install --directory --mode=1777 -- "${srv}/log"
  install --directory --mode=0750 --owner="${user}" --group="${user}" -- "${srv}/dshield" "${srv}/dshield/etc"
  printf '%s\n' '[DShield]' "interface=${device}" "email=${DSHIELD_EMAIL}" "userid=${DSHIELD_USER_ID}" "apikey=${key}" \
    "piid=${piid}" "localips='${addresses# }'" manualupdates=1 "telnet=${DSHIELD_TELNET}" '[plugin:tcp:http]' \
    enable_local_logs=true 'local_logs_file=/srv/log/webhoneypot_{date}.json' |
    install --mode=0600 --owner="${user}" --group="${user}" -- /dev/stdin "${ini}"
}

# copy_clone: the installer writes into it, and wants to run from it.
copy_clone() {
  local names=(country state city company depart) values i
  IFS=/ read -r -a values <<<"${DSHIELD_CERTIFICATE}"
  mkdir --parents -- "${home}/install"
  cp --archive -- "${root}/opt/honeypot/src/dshield/." "${home}/install"
  for i in "${!names[@]}"; do printf '%s="%s"\n' "${names[i]}" "${values[i]}"; done >"${home}/install/etc/dshield.sslca"
  chown --recursive "${user}:${user}" -- "${home}"
}

# keep_out_agent: the installer fetches it without asking; then no later update finds it either.
keep_out_agent() {
  local host=velociraptor.dshield.org
  if [[ "${DSHIELD_VELOCIRAPTOR}" == false ]] && ! grep --quiet --fixed-strings "${host}" "${etc}/hosts"; then
    printf '0.0.0.0 %s\n' "${host}" >>"${etc}/hosts"
  fi
}

remove_agent() {
  local packages
  if [[ "${DSHIELD_VELOCIRAPTOR}" == true ]]; then return; fi
  mapfile -t packages < <(dpkg-query --show --showformat='${Package}\n' 'velociraptor*' 2>/dev/null)
  if ((${#packages[@]})); then dpkg --purge -- "${packages[@]}"; fi
  rm --recursive --force -- "${etc}"/velociraptor* "${etc}"/apt/sources.list.d/*velociraptor*
}

# A route that makes the installer take 10.0.0.0/8 for the local network: it writes a file that iptables refuses where
# there is none or are two, and takes all neighbours for friends where there is one.
run_installer() {
  local code=0
  ip route replace 10.255.255.0/24 dev "${device}" scope link
  (
    umask 077
    : >"${output}"
    umask 022
    cd -- "${home}/install/bin"
    exec timeout --kill-after=60 "${dshield_timeout:-5h}" runuser --user "${user}" -- \
      env --ignore-environment HOME="${home}" USER="${user}" LOGNAME="${user}" TERM=vt100 LANG=C.UTF-8 PATH="${PATH}" \
      ./install.sh --update </dev/null >>"${output}" 2>&1
  ) || code=$?
  said="exit code ${code}: $(grep --text '[[:alnum:]]' "${output}" | tail --lines=1)"
  said="${said//"${key}"/...}"
}

# missing: what the installer should have made and has not.
missing() {
  local file name text
  for file in etc/dshield.ini srv/dshield/{fwlogparser,DShield}.py srv/cowrie/cowrie-env/bin/twistd srv/cowrie/etc/cowrie.cfg \
    srv/web/isc_agent.pyz etc/{cron.d/dshield,rsyslog.d/10-dshield.conf,logrotate.d/dshield} \
    {lib/systemd/system/cowrie,etc/systemd/system/web-honeypot}.service; do
    if [[ ! -s "${root}/${file}" ]]; then printf ' /%s,' "${file}"; fi
  done
  for name in cowrie webhpot; do
    if ! getent passwd "${name}" >/dev/null; then printf ' user %s,' "${name}"; fi
  done
  if ! runuser --user cowrie -- "${srv}/cowrie/cowrie-env/bin/python" -c 'import cowrie, twisted' 2>/dev/null; then
    printf ' cowrie in its Python,'
  fi
  text="$(cat -- "${ini}" 2>/dev/null)"
  if [[ $'\n'"${text}"$'\n' != *$'\n'"userid=${DSHIELD_USER_ID}"$'\n'*"apikey=${key}"$'\n'* ]]; then printf ' account in %s,' "${ini}"; fi
  text="$(cat -- "${srv}/web/combined_stunnel.pem" 2>/dev/null)"
  if [[ "${text}" != *'BEGIN CERTIFICATE'* || "${text}" != *'PRIVATE KEY'* ]]; then printf ' certificate of the web honeypot,'; fi
  text="$(iptables-restore --test -- "${etc}/network/iptables" 2>&1)" || printf ' firewall (%s),' "${text//$'\n'/ }"
}

# Upstream's template of cowrie.cfg cannot be written by its own installer, and would have empty values.
write_environment() {
  local name values
  name="$(sed --quiet "$((16#${piid:0:4} + 1))p" /usr/share/dict/american-english | tr --delete --complement '[:lower:]' || true)"
  values=(OUTPUT_DSHIELD_ENABLED=true "OUTPUT_DSHIELD_USERID=${DSHIELD_USER_ID}" "OUTPUT_DSHIELD_AUTH_KEY=${key}"
    OUTPUT_DSHIELD_BATCH_SIZE=20 OUTPUT_DSHIELD_DEBUG=false OUTPUT_JSONLOG_ENABLED=true "TELNET_ENABLED=${DSHIELD_TELNET}"
    "HONEYPOT_SENSOR_NAME=${SENSOR_NAME}" HONEYPOT_TTYLOG=true HONEYPOT_AUTH_CLASS=AuthRandom
    "HONEYPOT_AUTH_CLASS_PARAMETERS=4, 7, 50" "HONEYPOT_HOSTNAME=${name:-server}" HONEYPOT_LOGTYPE=rotating HONEYPOT_TIMEZONE=UTC
    SHELL_FILESYSTEM= SHELL_PROCESSES=)
  (umask 077 && put "${secrets}/cowrie.env" printf 'COWRIE_%s\n' "${values[@]}")
}

clean() {
  rm --force -- "${sudoer}" "${apt}" "${restarts}"
  ip route delete 10.255.255.0/24 2>/dev/null || true
  if [[ -e "${swap}" ]]; then
    swapoff -- "${swap}" 2>/dev/null || true
    rm --force -- "${swap}"
  fi
}

trap clean EXIT
clean
if [[ ! -s "${state}/dshield.piid" ]]; then put "${state}/dshield.piid" openssl rand -hex 10; fi
piid="$(<"${state}/dshield.piid")"
device="${CAPTURE_INTERFACE}"
check_key
if [[ "${device}" == auto ]]; then
  routes="$(ip -4 -oneline route show default)"
  if [[ ! "${routes}" =~ " dev "([^ ]+) ]]; then fail dshield "there is no default route"; fi
  device="${BASH_REMATCH[1]}"
fi
make_user
answer_questions
add_swap || log "no swap could be added"
write_ini
copy_clone
keep_out_agent
network="$(systemctl is-enabled systemd-networkd.service 2>/dev/null || true)"
run_installer
lacks="$(missing)"
if [[ -n "${lacks}" ]]; then fail dshield "the installer ended with ${said}; without${lacks%,}"; fi
remove_agent
write_environment
systemctl daemon-reload
systemctl enable --quiet cron.service rsyslog.service cowrie.service web-honeypot.service
# The installer turns it on everywhere; where something else makes the network, each boot would wait for it.
if [[ "${network}" != enabled ]]; then
  systemctl disable --quiet systemd-networkd.service systemd-networkd-wait-online.service || true
fi
rm --force -- "${tries}"
record dshield ok "$(git -C "${root}/opt/honeypot/src/dshield" log -1 --format='%h of %cs')"
log "installed: ${said}"
