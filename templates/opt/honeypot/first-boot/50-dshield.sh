#!/usr/bin/env bash
# Installs DShield unattended from its clone. The installer's exit code is unreliable, so this checks for the expected
# files, users and services.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions, and missing files print nothing
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
umask 022
home="${root}/opt/dshield" srv="${root}/srv" etc="${root}/etc" said=""
ini="${srv}/dshield/etc/dshield.ini" output="${root}/var/log/honeypot_dshield.log"
# They exist only during the run. After a power cut, the next boot removes the first before anyone can log in.
sudoer="${etc}/sudoers.d/90-honeypot-dshield" apt="${etc}/apt/apt.conf.d/90-honeypot-dshield"
restarts="${etc}/needrestart/conf.d/90-honeypot-dshield.conf" swap="${root}/var/honeypot.swap"
key="$(<"${secrets}/dshield_api_key")" piid="$(sha512sum -- "${etc}/machine-id")"
piid="${piid:0:20}"

clean() {
  rm --force -- "${sudoer}" "${apt}" "${restarts}"
  ip route delete 10.255.255.0/24 2>/dev/null || true
  swapoff -- "${swap}" 2>/dev/null || true
  rm --force -- "${swap}"
}

# fail TASK MESSAGE: the first boot retries, with pauses that spare the service and the mirrors.
fail() {
  record "$1" failed "$2"
  clean
  sleep "${dshield_pause:-300}"
  log "$2"
  exit 1
}

# The service knows the key if it computes the same hash. Its other replies are undocumented: an HTML page comes from a
# proxy, and anything else means no, as in the installer's own dialogue.
check_key() {
  local nonce hash address="${DSHIELD_EMAIL//+/%2b}"
  nonce="$(openssl rand -hex 10)"
  hash="$(printf '%s:%s' "${DSHIELD_EMAIL}" "${key}" | openssl dgst -sha512 -hmac "${nonce}")"
  said="$(curl --silent --show-error --max-time 60 --retry 2 --write-out ' %{http_code}' -- \
    "${dshield_service:-https://isc.sans.edu}/api/checkapikey/${address/@/%40}/${nonce}/${hash##* }/100/${piid}" 2>&1 || true)"
  if [[ "${said}" == *'<result>ok</result>'* ]]; then
    if [[ "${said}" =~ \<id\>([0-9]+)\< && "${BASH_REMATCH[1]}" != "${DSHIELD_USER_ID}" ]]; then
      fail dshield-key "this API key is of account ${BASH_REMATCH[1]}, not ${DSHIELD_USER_ID}"
    fi
    record dshield-key ok accepted
  elif [[ "${said,,}" != *html* && "${said}" =~ " "(200|401|403)$ ]]; then
    fail dshield-key "DShield refuses this API key for ${DSHIELD_EMAIL}"
  else
    record dshield-key unchecked "not checked, the service returned: ${said:0:200}"
  fi
}

# Its programs can replace every file that they may write, so only their own account opens names there.
as_dshield() { as_account dshield 600 "$@" </dev/null; }

# Disables questions and restarts, waits for locks, and adds swap, because building cowrie's dependencies needs memory.
prepare() {
  printf 'u dshield - - %s\n' "${home}" | systemd-sysusers -
  mkdir --parents -- "${etc}/needrestart/conf.d" "${etc}/tmpfiles.d"
  put "${etc}/tmpfiles.d/honeypot-dshield.conf" printf 'r! %s\n' "${sudoer}"
  (umask 0337 && put "${sudoer}" printf 'dshield ALL=(ALL:ALL) NOPASSWD: ALL\n')
  printf '%s\n' 'DPkg::Lock::Timeout "900";' 'Dpkg::Options {"--force-confdef"; "--force-confold";};' >"${apt}"
  # shellcheck disable=SC2016 # it is Perl's
  printf '$nrconf{restart} = "l";\n' >"${restarts}"
  debconf-set-selections <<<'debconf debconf/frontend select Noninteractive'
  if (($(awk '/^(MemTotal|SwapTotal)/ { sum += $2 } END { print sum }' /proc/meminfo) < 2000000)); then
    (umask 077 && fallocate --length=1G -- "${swap}" && mkswap -- "${swap}" && swapon -- "${swap}") || log 'no swap'
  fi
}

# Both bash and Python read the ini; the alphabets of the settings suit both. The installer accepts only single addresses
# of the admin's networks. It also writes into its clone.
configure() {
  local addresses subject
  addresses="$(grep --only-matching --perl-regexp '[\d.]+(?=/32)' <<<"${ADMIN_ALLOW_FROM}" | xargs || true)"
  install --directory --mode=1777 -- "${srv}/log"
  install --directory --owner=dshield --group=dshield -- "${home}"
  install --directory --mode=0750 --owner=dshield --group=dshield -- "${srv}/dshield"
  as_dshield install --directory --mode=0750 -- "${ini%/*}"
  printf '%s\n' '[DShield]' "interface=${device}" "email=${DSHIELD_EMAIL}" "userid=${DSHIELD_USER_ID}" "apikey=${key}" \
    "piid=${piid}" "localips='${addresses}'" manualupdates=1 "telnet=${DSHIELD_TELNET}" | write "${ini}"
  # Also removes the caches of pip and git, which a power cut in an earlier run may have damaged.
  as_dshield rm --recursive --force -- "${home}/install" "${home}/.cache"
  as_dshield cp --recursive -- "${root}/opt/honeypot/src/dshield" "${home}/install"
  IFS=/ read -r -a subject <<<"${DSHIELD_CERTIFICATE}"
  printf 'country="%s"\nstate="%s"\ncity="%s"\ncompany="%s"\ndepart="%s"\n' "${subject[@]}" | write "${home}/install/etc/dshield.sslca"
}

# write FILE: writes standard input to a file of DShield's account.
# shellcheck disable=SC2016 # $1 is the inner bash's
write() { as_account dshield 60 bash -c 'umask 077 && rm -f -- "$1" && cat >"$1"' bash "$1"; }

# A route makes the installer use 10.0.0.0/8 as the local network. With no or two local networks it would write a file
# that iptables refuses, and with one it would trust all neighbours.
run_installer() {
  local code=0
  ip route replace 10.255.255.0/24 dev "${device}" scope link
  (umask 077 && : >"${output}")
  cd -- "${home}/install/bin"
  as_account dshield "${dshield_timeout:-5h}" env --ignore-environment HOME="${home}" USER=dshield TERM=vt100 LANG=C.UTF-8 \
    PATH="${PATH}" ./install.sh --update </dev/null >>"${output}" 2>&1 || code=$?
  said="exit code ${code}: $(grep --text '[[:alnum:]]' "${output}" | tail --lines=1)"
  said="${said//"${key}"/...}"
}

# missing: prints the expected results of the installer that do not exist.
missing() {
  local file text pem="${srv}/web/combined_stunnel.pem"
  for file in /etc/{dshield.ini,cron.d/dshield,rsyslog.d/10-dshield.conf,logrotate.d/dshield,systemd/system/web-honeypot.service} \
    /srv/{dshield/{fwlogparser,DShield}.py,cowrie/{etc/cowrie.cfg,cowrie-env/bin/twistd},web/isc_agent.pyz} \
    /lib/systemd/system/cowrie.service; do
    if [[ ! -s "${root}${file}" ]]; then echo "${file}"; fi
  done
  getent passwd webhpot >/dev/null || echo 'user webhpot'
  # Visitors of an earlier installation may have left cowrie's account a program that puts its own in this place.
  as_account cowrie "${cowrie_seconds:-120}" "${srv}/cowrie/cowrie-env/bin/python" -c 'import cowrie, twisted' </dev/null >/dev/null || echo "cowrie's Python"
  text="$(read_foreign "${ini}")"
  [[ "${text}" == *$'\nuserid='"${DSHIELD_USER_ID}"$'\n'* && "${text}" == *$'\napikey='"${key}"$'\n'* ]] || echo "the account in ${ini}"
  text="$(read_foreign "${pem}")"
  [[ "${text}" == *'BEGIN CERT'* && "${text}" == *'PRIVATE KEY'* ]] || echo "${pem}"
  iptables-restore --test -- "${etc}/network/iptables" || echo 'a firewall that iptables accepts'
}

# Upstream's installer fails to write its template of cowrie.cfg, which would have empty values.
write_environment() {
  local name
  name="$(sed --quiet "$((16#${piid:0:4} + 1))p" /usr/share/dict/american-english | tr --delete --complement '[:lower:]' || true)"
  (umask 077 && put "${secrets}/cowrie.env" printf 'COWRIE_%s\n' OUTPUT_DSHIELD_{ENABLED=true,BATCH_SIZE=20,DEBUG=false} \
    "OUTPUT_DSHIELD_USERID=${DSHIELD_USER_ID}" "OUTPUT_DSHIELD_AUTH_KEY=${key}" "TELNET_ENABLED=${DSHIELD_TELNET}" \
    HONEYPOT_{AUTH_CLASS=AuthRandom,AUTH_CLASS_PARAMETERS='4, 7, 50',LOGTYPE=rotating} "HONEYPOT_HOSTNAME=${name:-server}" \
    "HONEYPOT_SENSOR_NAME=${SENSOR_NAME}" SHELL_{FILESYSTEM,PROCESSES}=)
}

trap clean EXIT
clean
if [[ "${DSHIELD_CHECK_KEY}" == true ]]; then check_key; fi
# Independent of the capture's device: visitors arrive through the default route.
device="$(ip -4 -oneline route show default)"
if [[ ! "${device}" =~ " dev "([^ ]+) ]]; then fail dshield "there is no default route"; fi
device="${BASH_REMATCH[1]}"
prepare
configure
# The installer downloads a remote-administration agent without asking.
if [[ "${DSHIELD_VELOCIRAPTOR}" == false ]]; then
  grep --quiet velociraptor "${etc}/hosts" || echo 0.0.0.0 velociraptor.dshield.org >>"${etc}/hosts"
fi
network="$(systemctl is-enabled systemd-networkd.service 2>/dev/null || true)"
run_installer
if [[ "${DSHIELD_VELOCIRAPTOR}" == false ]]; then
  # shellcheck disable=SC2016 # it is dpkg's
  dpkg-query --show --showformat='${Package}\n' 'velociraptor*' 2>/dev/null | xargs --no-run-if-empty dpkg --purge -- || true
  rm --recursive --force -- "${etc}"/velociraptor* "${etc}"/apt/sources.list.d/*velociraptor*
fi
lacks="$(missing 2>/dev/null || true)"
if [[ -n "${lacks}" ]]; then fail dshield "the installer ended with ${said}; missing: ${lacks//$'\n'/, }"; fi
write_environment
systemctl daemon-reload
systemctl enable --quiet cron.service rsyslog.service cowrie.service web-honeypot.service
# The installer always enables it; where another program manages the network, each boot would wait for it.
if [[ "${network}" != enabled ]]; then
  systemctl disable --quiet systemd-networkd.service systemd-networkd-wait-online.service || true
fi
record dshield ok "$(git -C "${root}/opt/honeypot/src/dshield" log -1 --format='%h of %cs')"
log "installed: ${said}"
