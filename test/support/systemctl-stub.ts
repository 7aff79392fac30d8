/**
 * A stand-in for `systemctl is-active`: all units are active, except those with a file `inactive-UNIT` in the root.
 * `--quiet` asks for one unit, and the stand-in prints nothing.
 */
export const systemctlStub = `shift
if [[ "$1" == --quiet ]]; then exec test ! -e "$HONEYPOT_ROOT/inactive-$2"; fi
if [[ "$1" == -- ]]; then shift; fi
for unit; do if [[ -e "$HONEYPOT_ROOT/inactive-$unit" ]]; then echo inactive; else echo active; fi; done`;
