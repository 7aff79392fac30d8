#!/bin/sh
# Changes this machine to the settings of its sensor: sudo sh FILE [--dry-run | --yes]
# Contains the sensor's secrets: delete it afterwards.
# shellcheck disable=SC2312 # a failed command prints nothing, which is handled
set -eu
umask 077
LC_ALL=C
export LC_ALL

fail() {
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

mode=${1:-ask}
case "${mode}" in
  ask | --dry-run | --yes) ;;
  *) fail "usage: sudo sh $0 [--dry-run | --yes]" 2 ;;
esac
if [ "$(id -u)" != 0 ]; then fail "run it as root: sudo sh $0"; fi
if ! command -v bash >/dev/null; then fail "bash is not installed: apt install bash"; fi
sum="$(sed -n 's/^# archive: //p' "$0" | head -n 1)"
root="${HONEYPOT_ROOT:-}"
mkdir -p "${root}/run/honeypot-apply"
staging="$(mktemp -d "${root}/run/honeypot-apply/XXXXXXXX")"
engine="${root}/var/lib/honeypot/apply/engine.sh"
trap 'rm -rf "${staging}"' EXIT
# dash leaves the secrets there if a signal ends it.
trap 'exit 130' HUP INT TERM
sed '1,/^# archive: /d; s/^# //' "$0" | base64 -d >"${staging}/archive"
if ! printf '%s  %s\n' "${sum}" "${staging}/archive" | sha256sum -c --status; then fail "this file is damaged: copy it again"; fi
tar -xzf "${staging}/archive" -C "${staging}" --no-same-owner
rm "${staging}/archive"
if ! bash "${staging}/engine.sh" plan >"${staging}/plan"; then fail "$(sed 's/^refuse.//' "${staging}/plan")"; fi
if grep -q '^machine.waiting' "${staging}/plan"; then fail "this sensor waits for its programs: use sensorbake apply"; fi
if ! grep -qv '^machine' "${staging}/plan"; then
  printf 'nothing to change\n'
  exit
fi
tr '\t' ' ' <"${staging}/plan"
if [ "${mode}" = --dry-run ]; then exit; fi
seconds=0
if [ "${mode}" = ask ]; then
  seconds=600
  printf 'Change this machine? [y/N] '
  read -r answer || answer=no
  case "${answer}" in
    y | Y | yes) ;;
    *) fail "nothing was changed" ;;
  esac
fi
login="$(sed -n 's/^ADMIN_USER="\(.*\)"$/\1@ADDRESS/p; s/^ADMIN_SSH_PORT="\(.*\)"$/-p \1/p' "${staging}/tree/etc/default/honeypot" | sort | tr '\n' ' ')"
bash "${staging}/engine.sh" start "${seconds}"
rm -rf "${staging}/tree"
printf 'changing: this takes a minute or more\n'
bash "${staging}/engine.sh" follow >"${staging}/follow" || true
end="$(tail -n 1 "${staging}/follow" | tr '\t' ' ')"
if [ "${end}" = "end waiting" ] && [ "${mode}" = ask ]; then
  printf 'Log in with the new settings from another terminal, and keep the change within %s seconds, or this machine reverts the change:\n' "${seconds}"
  printf '  ssh %ssudo bash %s confirm\n' "${login}" "${engine}"
  exit
fi
result="$(cat "${root}/var/lib/honeypot/state/apply.last" 2>/dev/null || true)"
case "${result}" in
  *' ok '*) printf '%s\n' "${result#* ok }" ;;
  *) fail "${result#* failed }" ;;
esac
