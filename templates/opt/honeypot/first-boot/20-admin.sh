#!/usr/bin/env bash
# Makes the admin user and moves sshd to the admin port; the old configuration returns when that port does not answer.
# shellcheck disable=SC2310 # functions are asked questions here, and their failure is the answer
# shellcheck disable=SC2312 # a command that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
etc="${root}/etc/ssh" work="$(mktemp --directory)"
trap 'rm --recursive --force -- "${work}"' EXIT

main() {
  make_user
  make_sudoer
  configure_sshd
}

make_user() {
  local home uid gid keys="${root}/etc/honeypot/authorized_keys" group=(--user-group)
  if ! ssh-keygen -l -f "${keys}" >/dev/null; then
    log "/etc/honeypot/authorized_keys has no public key"
    exit 1
  fi
  if ! getent passwd "${ADMIN_USER}" >/dev/null; then
    if getent group "${ADMIN_USER}" >/dev/null; then group=(--gid "${ADMIN_USER}"); fi
    useradd --create-home --shell /bin/bash "${group[@]}" -- "${ADMIN_USER}"
  fi
  if getent group sudo >/dev/null; then usermod --append --groups sudo -- "${ADMIN_USER}"; fi
  IFS=: read -r _ _ uid gid _ home _ < <(getent passwd "${ADMIN_USER}")
  if [[ ! -d "${home}" ]]; then install --directory --mode=0750 --owner="${uid}" --group="${gid}" -- "${home}"; fi
  install --directory --mode=0700 --owner="${uid}" --group="${gid}" -- "${home}/.ssh"
  install --mode=0600 --owner="${uid}" --group="${gid}" -- "${keys}" "${home}/.ssh/.authorized_keys.new"
  replace "${home}/.ssh/.authorized_keys.new" "${home}/.ssh/authorized_keys"
}

# sudo itself may only come with the packages: step 60 runs this one again.
make_sudoer() {
  if ! command -v visudo >/dev/null; then
    log "sudo is not installed yet"
    return
  fi
  local new="${root}/etc/sudoers.d/.90-honeypot-admin.new"
  printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\n' "${ADMIN_USER}" >"${work}/sudoer"
  visudo --check --quiet --file="${work}/sudoer"
  install --mode=0440 -- "${work}/sudoer" "${new}"
  replace "${new}" "${root}/etc/sudoers.d/90-honeypot-admin"
}

# replace NEW FILE: only when they differ, so that a second run changes nothing.
replace() {
  if cmp --silent -- "$1" "$2"; then rm -- "$1"; else mv --force -- "$1" "$2"; fi
}

configure_sshd() {
  local problem
  mkdir --parents -- /run/sshd
  if ! compgen -G "${etc}/ssh_host_*_key" >/dev/null; then ssh-keygen -A -f "${root}/"; fi
  cp --archive -- "${etc}/sshd_config" "${etc}/sshd_config.d" "${work}"
  rewrite_sshd
  problem="$(sshd_problem)"
  if [[ -z "${problem}" ]]; then
    if ! is_changed && answers 1; then return; fi
    restart_sshd || true
    if answers "${answer_tries:-30}"; then
      log "sshd answers on port ${ADMIN_SSH_PORT}"
      return
    fi
    problem="sshd does not answer on port ${ADMIN_SSH_PORT}"
    put_back
    restart_sshd || true
  else
    put_back # and leave the sshd that runs alone: it might not come back
  fi
  log "${problem}; the old configuration is back"
  exit 1
}

put_back() { cp --archive -- "${work}/sshd_config" "${work}/sshd_config.d" "${etc}"; }

# One file says who may log in and the main one says the port, where DShield's installer looks for it; the same
# words elsewhere, also under Match, are made comments: sshd takes the first, and adds up users, groups and ports.
rewrite_sshd() {
  local file words='Port|PermitRootLogin|PasswordAuthentication|KbdInteractiveAuthentication'
  words+='|ChallengeResponseAuthentication|PubkeyAuthentication|AuthenticationMethods|AuthorizedKeysFile'
  words+='|(Allow|Deny)(Users|Groups)|ListenAddress[[:space:]=]+(\[.*\]|[^:]*):[0-9]+'
  for file in "${etc}"/sshd_config.d/*.conf "${etc}/sshd_config"; do
    if [[ ! -e "${file}" || "${file}" == */10-honeypot.conf ]]; then continue; fi
    cp --archive -- "${file}" "${file}.new"
    sed --regexp-extended "/^Port ${ADMIN_SSH_PORT}\$/d; s/^[[:space:]]*(${words})([[:space:]=].*)?\$/# honeypot: &/I" \
      <"${file}" >"${file}.new"
    if [[ "${file}" == "${etc}/sshd_config" ]]; then
      sed --in-place "1i Port ${ADMIN_SSH_PORT}" -- "${file}.new"
    fi
    replace "${file}.new" "${file}"
  done
}

is_changed() {
  ! cmp --silent -- "${work}/sshd_config" "${etc}/sshd_config" ||
    ! diff --recursive --brief -- "${work}/sshd_config.d" "${etc}/sshd_config.d" >/dev/null
}

# sshd_problem: what sshd would do other than we want; nothing when all is well.
sshd_problem() {
  local said want found
  if ! said="$(sshd -T -f "${etc}/sshd_config" 2>&1)"; then
    printf 'sshd refuses its configuration: %s' "${said%%$'\n'*}"
    return
  fi
  for want in "port ${ADMIN_SSH_PORT}" "permitrootlogin no" "passwordauthentication no" \
    "kbdinteractiveauthentication no" "pubkeyauthentication yes" "authenticationmethods publickey" \
    "authorizedkeysfile .ssh/authorized_keys" "allowusers ${ADMIN_USER}"; do
    found="$(grep "^${want%% *} " <<<"${said}" || true)"
    if [[ "${found}" != "${want}" ]]; then
      printf 'sshd would have "%s", not "%s"' "${found//$'\n'/, }" "${want}"
      return
    fi
  done
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
    systemctl enable --quiet ssh.service
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

main "$@"
