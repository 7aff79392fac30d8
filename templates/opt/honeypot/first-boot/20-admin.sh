#!/usr/bin/env bash
# Makes the admin user and moves sshd to the admin port; the old configuration returns when that port does not answer.
# shellcheck disable=SC2310 # functions are asked questions here, and their failure is the answer
# shellcheck disable=SC2312 # a command that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
shopt -s nullglob
etc="${root}/etc/ssh" old="$(mktemp --directory)" changed=""
trap 'rm --recursive -- "${old}"' EXIT

# sshd reads the keys where they are: no other key, which an image may have left in the user's home, lets anyone in.
make_user() {
  local group=--user-group sudoer="${root}/etc/sudoers.d/90-honeypot-admin"
  if ! ssh-keygen -l -f "${root}/etc/honeypot/authorized_keys" >/dev/null; then
    log "/etc/honeypot/authorized_keys has no public key"
    exit 1
  fi
  if ! getent passwd "${ADMIN_USER}" >/dev/null; then
    if getent group "${ADMIN_USER}" >/dev/null; then group="--gid=${ADMIN_USER}"; fi
    useradd --create-home --shell=/bin/bash "${group}" -- "${ADMIN_USER}"
  fi
  usermod --append --groups=sudo -- "${ADMIN_USER}"
  # sudo itself may only come with the packages.
  if [[ ! -e "${sudoer}" ]]; then
    mkdir --parents -- "${root}/etc/sudoers.d"
    (umask 0337 && put "${sudoer}" printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\n' "${ADMIN_USER}")
  fi
}

# One file says who may log in and the main one says the port, where DShield's installer looks for it; the same
# words elsewhere, also under Match, are made comments: sshd takes the first, and adds up users, groups and ports.
rewrite_sshd() {
  local file new words='Port|PermitRootLogin|PasswordAuthentication|KbdInteractiveAuthentication'
  words+='|ChallengeResponseAuthentication|PubkeyAuthentication|AuthenticationMethods|AuthorizedKeysFile'
  words+='|(Allow|Deny)(Users|Groups)|ListenAddress[[:space:]=]+(\[.*\]|[^:]*):[0-9]+'
  for file in "${etc}"/sshd_config.d/*.conf "${etc}/sshd_config"; do
    if [[ "${file}" == */10-honeypot.conf ]]; then continue; fi
    new="$(sed --regexp-extended "/^Port ${ADMIN_SSH_PORT}\$/d; s/^[[:space:]]*(${words})([[:space:]=].*)?\$/# honeypot: &/I" -- "${file}")"
    if [[ "${file}" == */sshd_config ]]; then new="Port ${ADMIN_SSH_PORT}"$'\n'"${new}"; fi
    if [[ "${new}" == "$(<"${file}")" ]]; then continue; fi
    changed=yes
    put "${file}" printf '%s\n' "${new}"
  done
}

# What sshd would do other than we want; nothing when all is well.
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

# Sessions that are open stay open. Ubuntu listens in ssh.socket, whose port is generated from sshd_config.
restart_sshd() {
  sync
  if systemctl is-enabled --quiet ssh.socket 2>/dev/null; then
    rm --force -- "${root}/etc/systemd/system/ssh.socket.d/addresses.conf"
    systemctl daemon-reload
    systemctl stop ssh.service
    systemctl restart ssh.socket
  else
    # It has an init script beside it: enabling it once more takes systemd long, and changes nothing.
    systemctl is-enabled --quiet ssh.service || systemctl enable --quiet ssh.service
    systemctl restart ssh.service
  fi
}

# answers TRIES: whether sshd greets on the admin port within as many seconds.
answers() {
  local try banner
  for ((try = 0; try < $1; try++)); do
    if read -r -t 5 banner 2>/dev/null <"/dev/tcp/127.0.0.1/${ADMIN_SSH_PORT}" && [[ "${banner}" == SSH-2.0-* ]]; then
      return
    fi
    sleep 1
  done
  return 1
}

put_back() { cp --archive -- "${old}/sshd_config" "${old}/sshd_config.d" "${etc}"; }

make_user
mkdir --parents -- /run/sshd
# A power cut empties host keys that cloud-init has only just made, and without any sshd does not start.
for key in "${etc}"/ssh_host_*_key; do
  if ! ssh-keygen -y -P "" -f "${key}" >/dev/null 2>&1; then rm -- "${key}"; fi
done
if ! compgen -G "${etc}/ssh_host_*_key" >/dev/null; then ssh-keygen -A -f "${root}/"; fi
cp --archive -- "${etc}/sshd_config" "${etc}/sshd_config.d" "${old}"
rewrite_sshd
problem="$(sshd_problem)"
if [[ -n "${problem}" ]]; then
  # The sshd that runs is left alone: it might not come back.
  put_back
else
  if [[ -z "${changed}" ]] && answers 1; then exit; fi
  restart_sshd || true
  if answers "${answer_tries:-30}"; then
    log "sshd answers on port ${ADMIN_SSH_PORT}"
    exit
  fi
  problem="sshd does not answer on port ${ADMIN_SSH_PORT}"
  put_back
  restart_sshd || true
fi
log "${problem}; the old configuration is back"
exit 1
