#!/usr/bin/env bash
# honeypot-status sources this: whether an admin has logged in, and what happens if not.
# shellcheck disable=SC2154 # those names are honeypot-status's
read_last rescue
if [[ "${result}" == open ]]; then
  add rescue waiting "${message}" \
    "correct ADMIN_ALLOW_FROM in /etc/default/honeypot, then sudo systemctl restart honeypot-admin-access; or sudo /opt/honeypot/scripts/rescue.sh --confirm"
elif ((when > 0)); then
  add rescue good "${message}"
fi
