#!/usr/bin/env bash
# Sourced by honeypot-status: checks the last run of each analysis tool.
# shellcheck disable=SC2154 # honeypot-status has the variables

if [[ -e "${state}/first-boot.done" ]]; then
  read -r -a tasks <<<"${TOOLS_INTERVALS}"
  for ((i = 0; i < ${#tasks[@]}; i += 2)); do check_task "${tasks[i]}" "${tasks[i]}" "${tasks[i + 1]}"; done
fi
