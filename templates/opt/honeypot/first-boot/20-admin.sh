#!/usr/bin/env bash
# Creates the admin user and moves sshd to the admin port after a test login there has worked; otherwise restores the
# old configuration.
# shellcheck disable=SC2310 # functions are called as conditions, and a failure means no
# shellcheck disable=SC2312 # a failed command prints nothing, which is handled
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
shopt -s nullglob
etc="${root}/etc/ssh" proof="${root}/run/honeypot-proof.pub" changed="" rehearsal="" reaper="" key=""
install --directory --mode=0700 -- "${root}/run/honeypot"
work="$(mktemp --directory --tmpdir="${root}/run/honeypot")"

clean() {
  rm --recursive --force -- "${work}" "${proof}"
  if [[ -n "${rehearsal}" ]]; then kill "${rehearsal}" 2>/dev/null || true; fi
}
trap 'kill ${reaper} 2>/dev/null || true; clean' EXIT

# The user's password and account never expire, because PAM would otherwise refuse the key.
make_user() {
  local group=--user-group sudoer="${root}/etc/sudoers.d/90-honeypot-admin" right="${ADMIN_USER} ALL=(ALL:ALL) NOPASSWD: ALL"
  if ! ssh-keygen -l -f "${root}/etc/honeypot/authorized_keys" >/dev/null; then
    log "/etc/honeypot/authorized_keys has no public key"
    exit 1
  fi
  if ! getent passwd "${ADMIN_USER}" >/dev/null; then
    if getent group "${ADMIN_USER}" >/dev/null; then group="--gid=${ADMIN_USER}"; fi
    useradd --create-home --shell=/bin/bash "${group}" -- "${ADMIN_USER}"
  fi
  usermod --append --groups=sudo -- "${ADMIN_USER}"
  if ! getent passwd "${ADMIN_USER}" | cut --delimiter=: --fields=7 | grep --quiet --line-regexp --fixed-strings --file=- -- "${root}/etc/shells"; then
    usermod --shell=/bin/bash -- "${ADMIN_USER}"
  fi
  if [[ "$(getent shadow "${ADMIN_USER}" | cut --delimiter=: --fields=3,5,7,8)" != ::: ]]; then
    chage --lastday=-1 --maxdays=-1 --inactive=-1 --expiredate=-1 -- "${ADMIN_USER}"
  fi
  # sudo may be installed later, with the packages.
  if [[ "$(cat -- "${sudoer}" 2>/dev/null)" != "${right}" ]]; then
    mkdir --parents -- "${root}/etc/sudoers.d"
    (umask 0337 && put "${sudoer}" printf '%s\n' "${right}")
  fi
}

# One file defines who may log in; the main file has the port, where DShield's installer looks for it. The same keywords
# elsewhere, also under Match, become comments: sshd uses the first value, and combines users, groups and ports.
rewrite_sshd() {
  local file new former="" words='Port|PermitRootLogin|PasswordAuthentication|KbdInteractiveAuthentication'
  words+='|ChallengeResponseAuthentication|PubkeyAuthentication|AuthenticationMethods|AuthorizedKeysFile'
  words+='|(Allow|Deny)(Users|Groups)|ListenAddress[[:space:]=]+(\[.*\]|[^:]*):[0-9]+|UsePAM|ForceCommand|ChrootDirectory'
  words+='|(Allow(Agent|StreamLocal|Tcp)|Disable|X11)Forwarding|PermitTunnel'
  if [[ -e "${state}/sshd.port" ]]; then former="$(<"${state}/sshd.port")"; fi
  for file in "${etc}"/sshd_config.d/*.conf "${etc}/sshd_config"; do
    if [[ "${file}" == */10-honeypot.conf ]]; then continue; fi
    # Our own first line may have a former port.
    new="$(sed --regexp-extended "1{/^Port ${former:-0}\$/d}; /^Port ${ADMIN_SSH_PORT}\$/d; s/^[[:space:]]*(${words})([[:space:]=].*)?\$/# honeypot: &/I" -- "${file}")"
    if [[ "${file}" == */sshd_config ]]; then new="Port ${ADMIN_SSH_PORT}"$'\n'"${new}"; fi
    if [[ "${new}" == "$(<"${file}")" ]]; then continue; fi
    changed=yes
    put "${file}" printf '%s\n' "${new}"
  done
  if [[ "${former}" == "${ADMIN_SSH_PORT}" ]]; then return; fi
  mkdir --parents -- "${state}"
  put "${state}/sshd.port" printf '%s\n' "${ADMIN_SSH_PORT}"
}

# Prints how sshd's effective configuration differs from the wanted one; nothing if it matches.
sshd_problem() {
  local said want found
  if ! said="$(sshd -T -f "${etc}/sshd_config" 2>&1)"; then
    printf 'sshd refuses its configuration: %s' "${said%%$'\n'*}"
    return
  fi
  while read -r want; do
    found="$(grep "^${want%% *} " <<<"${said}" || true)"
    if [[ "${found}" != "${want}" ]]; then
      printf 'sshd would have "%s", not "%s"' "${found//$'\n'/, }" "${want}"
      return
    fi
  done < <(printf 'port %s\n' "${ADMIN_SSH_PORT}" && sed 's/^[^ ]*/\L&/' -- "${etc}/sshd_config.d/10-honeypot.conf")
  found="$(grep '^listenaddress ' <<<"${said}" | grep --invert-match ":${ADMIN_SSH_PORT}\$" || true)"
  if [[ -n "${found}" ]]; then printf 'sshd would also have "%s"' "${found//$'\n'/, }"; fi
}

# Open sessions stay open. Ubuntu listens in ssh.socket, whose port is generated from sshd_config.
restart_sshd() {
  sync
  if systemctl is-enabled --quiet ssh.socket 2>/dev/null; then
    rm --force -- "${root}/etc/systemd/system/ssh.socket.d/addresses.conf"
    systemctl daemon-reload
    systemctl stop ssh.service
    systemctl restart ssh.socket
  else
    # It also has an init script: enabling it again takes systemd long and changes nothing.
    systemctl is-enabled --quiet ssh.service || systemctl enable --quiet ssh.service
    systemctl restart ssh.service
  fi
}

# Cleans up even if this process is killed.
stand_by() {
  if [[ -n "${reaper}" ]]; then kill "${reaper}"; fi
  { tail --pid=$$ --follow /dev/null && clean; } >/dev/null 2>&1 &
  reaper=$!
}

# A key for this run. Only this process has the private key: the file is deleted before sshd knows the public key.
make_key() {
  rm --force -- "${proof}"
  ssh-keygen -q -t ed25519 -N "" -C honeypot-proof -f "${work}/key"
  exec {key}<"${work}/key"
  rm -- "${work}/key"
  stand_by
  (umask 022 && printf 'from="127.0.0.1,::1" %s\n' "$(<"${work}/key.pub")" >"${proof}")
}

# logs_in TRIES: whether the admin can log in on the admin port and become root with sudo; otherwise sets `problem`.
logs_in() {
  local try said command="id --user --name" want="${ADMIN_USER}"
  if [[ -z "${key}" ]]; then make_key; fi
  # Any account can listen on the port before sshd does, and let everybody in.
  sshd -T -f "${etc}/sshd_config" | sed --quiet 's/^hostkey //p' | while read -r said; do
    printf 'sensor %s\n' "$(ssh-keygen -y -P "" -f "${said}" 2>/dev/null || true)"
  done >"${work}/known_hosts"
  if command -v sudo >/dev/null; then command="sudo --non-interactive id --user" want=0; fi
  for ((try = 0; try < $1; try++)); do
    said="$(timeout 60 ssh -F none -i "/proc/$$/fd/${key}" -p "${ADMIN_SSH_PORT}" -o BatchMode=yes -o IdentitiesOnly=yes \
      -o StrictHostKeyChecking=yes -o HostKeyAlias=sensor -o UserKnownHostsFile="${work}/known_hosts" -- "${ADMIN_USER}@127.0.0.1" "${command}" 2>&1 </dev/null || true)"
    said="${said//$'\r'/}"
    if grep --quiet --line-regexp -- "${want}" <<<"${said}"; then return; fi
    if [[ ! "${said}" =~ refused|reset ]]; then break; fi
    sleep 1
  done
  said="$(grep --text '[^[:space:]]' <<<"${said}" | tail --lines=1 || true)"
  problem="${ADMIN_USER} cannot log in on port ${ADMIN_SSH_PORT}: ${said:-no answer}"
  said="$(grep --text --invert-match 'Server listening' "${work}/log" 2>/dev/null | tail --lines=1 || true)"
  problem+="${said:+ (sshd: ${said})}"
  return 1
}

# Tests the new configuration in a second sshd, while the running one still has its old port. It listens on the
# loopback address only: a session of an admin would end with this step's service.
rehearse() {
  if [[ -n "$(ss --no-header --listening --tcp "sport = :${ADMIN_SSH_PORT}")" ]]; then return; fi
  "$(command -v sshd)" -D -f "${etc}/sshd_config" -o ListenAddress=127.0.0.1 -o PidFile=none -E "${work}/log" >/dev/null 2>&1 &
  rehearsal=$!
  if [[ -n "${key}" ]]; then stand_by; fi
  logs_in "${answer_tries:-10}" || return
  kill "${rehearsal}"
  wait "${rehearsal}" || true
  rm -- "${work}/log"
  rehearsal=""
}

put_back() { cp --archive -- "${work}/sshd_config" "${work}/sshd_config.d" "${etc}"; }

make_user
# Before sshd moves. Rules that cannot be loaded now are retried with the packages, and reported there.
systemctl is-enabled --quiet honeypot-admin-access.service || systemctl enable --quiet honeypot-admin-access.service
systemctl start honeypot-admin-access.service || log "the rules for port ${ADMIN_SSH_PORT} are not loaded"
mkdir --parents -- /run/sshd
# A power cut can empty host keys that cloud-init has just created, and sshd does not start without host keys.
for file in "${etc}"/ssh_host_*_key; do
  if ! ssh-keygen -y -P "" -f "${file}" >/dev/null 2>&1; then rm -- "${file}"; fi
done
if ! compgen -G "${etc}/ssh_host_*_key" >/dev/null; then ssh-keygen -A -f "${root}/"; fi
cp --archive -- "${etc}/sshd_config" "${etc}/sshd_config.d" "${work}"
rewrite_sshd
problem="$(sshd_problem)"
if [[ -z "${problem}" ]]; then
  if [[ -z "${changed}" ]] && logs_in 1; then exit; fi
  if rehearse; then
    restart_sshd || true
    if logs_in "${answer_tries:-30}"; then
      log "${ADMIN_USER} can log in on port ${ADMIN_SSH_PORT}"
      exit
    fi
    put_back
    restart_sshd || true
  fi
fi
# Otherwise the running sshd is left unchanged, because it might not restart.
put_back
log "${problem}; restored the old configuration"
exit 1
