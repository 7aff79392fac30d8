#!/usr/bin/env bash
# Sourced by honeypot-status: shows whether an admin has logged in, and the state of the rescue.
# shellcheck disable=SC2154 # honeypot-status has the variables
read_last rescue
if [[ "${result}" == open ]]; then
  add rescue waiting "${message}" \
    "correct ADMIN_ALLOW_FROM in /etc/default/honeypot, then sudo systemctl restart honeypot-admin-access; or sudo /opt/honeypot/scripts/rescue.sh --confirm"
elif ((when > 0)); then
  add rescue good "${message}"
fi
