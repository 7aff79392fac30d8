#!/usr/bin/env bash
# Sourced by honeypot-status: reports that the last apply failed.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables
read_last apply
if [[ "${result}" == failed ]]; then
  add apply bad "the last apply failed $(ago "${when}"): ${message}" "on your own machine: sensorbake apply FILE --sensor ${SENSOR_NAME}"
fi
