#!/usr/bin/env bash
# Sourced by honeypot-status: reports the links of the chain from the traffic to the reports that links.py found broken.
# shellcheck disable=SC2034,SC2154 # honeypot-status has the variables
# shellcheck disable=SC2312 # a missing file has no time

check_links() {
  local since link date found="" ran uptime limit=1800
  while read -r since link; do
    if [[ ! "${since}" =~ ${number} ]]; then continue; fi
    found=yes when="${since}"
    TZ=UTC printf -v date '%(%F %H:%M)T UTC' "${since}"
    case "${link}" in
      traffic) add traffic bad "no visitor since ${date}: unusually long" "check the uplink, the cloud's firewall and the address" ;;
      capture) add "captured traffic" bad "the capture has no visitor of the logs since ${date}" "sudo grep CAPTURE_ /etc/default/honeypot" ;;
      lost) add "lost packets" note "the capture lost packets at about ${date}" "narrow capture.filter" ;;
      answers) add answers bad "visitors connect, but no service has answered since ${date}" "sudo /opt/honeypot/scripts/firewall.sh; sudo ss -ltnp" ;;
      cowrie) add "cowrie log" bad "visitors are answered, but the log has no new line since ${date}" "journalctl --unit cowrie" ;;
      web) add "web log" bad "visitors are answered, but the log has no new line since ${date}" "journalctl --unit web-honeypot" ;;
      firewall) add "firewall log" bad "visitors connect, but the log has no new line since ${date}" "journalctl --unit rsyslog" ;;
      collected-*) add "collected logs" bad "lines of ${link#*-} since ${date} are not collected" "sudo /opt/honeypot/scripts/collect.sh" ;;
      archived) add "archived logs" bad "logs that were finished at ${date} are in no archive" "sudo /opt/honeypot/scripts/backup.sh" ;;
      sent) add "sent archives" bad "an archive of ${date} has not reached the backup server" "sudo /opt/honeypot/scripts/transfer.sh" ;;
      unreported) add reports bad "DShield's report program has not run since ${date}" "cat /etc/cron.d/dshield" ;;
      refused) add reports bad "DShield has accepted no report since ${date}" "journalctl --grep='received status code'" ;;
      *) ;;
    esac
  done 2>/dev/null <"${state}/links.found" || true
  read_last links
  if [[ "${result}" == failed ]]; then
    add "cross-checks" bad "failed: ${message}" "journalctl --identifier honeypot-links"
    return
  fi
  when=0
  # Only root can see when they ran.
  read -r uptime _ </proc/uptime
  ran="$(exec stat --format=%Y -- "${root}/run/honeypot/links.json" "${state}/first-boot.done" 2>/dev/null)" || true
  if ((EUID == 0 && ${uptime%.*} > limit && now - ${ran%%$'\n'*} > limit)); then
    add "cross-checks" bad "have not run for half an hour" "sudo systemctl restart honeypot-links.timer"
  elif [[ -z "${found}" ]]; then
    add "cross-checks" good "no link is broken"
  fi
}

if [[ -e "${state}/first-boot.done" ]]; then check_links; fi
