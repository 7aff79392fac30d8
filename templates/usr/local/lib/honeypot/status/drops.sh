#!/usr/bin/env bash
# Sourced by honeypot-status: reports packets that the kernel dropped because tcpdump was too slow.
# shellcheck disable=SC2154,SC2310 # honeypot-status has the variables and functions
# Only root can have tcpdump log its counters.
if ((EUID == 0)) && is_active honeypot-capture && systemctl kill --signal=USR1 honeypot-capture; then
  sleep 0.2
  line="$(timeout 20 journalctl --boot --unit=honeypot-capture --lines=1 --output=cat --grep=' dropped by kernel' 2>/dev/null || true)"
  if [[ "${line}" =~ ([0-9]{1,15})\ packets?\ received\ by\ filter,\ ([0-9]{1,15})\ packets?\ dropped ]] &&
    ((10#${BASH_REMATCH[2]} * 100 > 10#${BASH_REMATCH[1]})); then
    add "dropped packets" note "the kernel dropped ${BASH_REMATCH[2]} of ${BASH_REMATCH[1]} packets since the capture began" \
      "reduce capture.snap_length"
  fi
fi
