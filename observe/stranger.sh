#!/usr/bin/env bash
# A machine of another network reaches the control port and not the closed one. A network namespace stands for it.
# Variables: address (of a /24), closed, control ("own": a program of this script listens).
set -euo pipefail
remove() {
  if [[ -n "${listener:-}" ]]; then kill "$listener" 2>/dev/null || true; fi
  ip link delete toward 2>/dev/null || true
  ip netns delete stranger 2>/dev/null || true
}
build() {
  modprobe --all veth act_mirred cls_matchall sch_ingress &&
    ip netns add stranger &&
    ip link add toward type veth peer name wire netns stranger &&
    ip address add "$gateway/24" dev toward &&
    ip link set toward up &&
    ip -n stranger address add "$address/24" dev wire &&
    ip -n stranger link set wire up &&
    tc qdisc add dev toward ingress &&
    tc filter add dev toward parent ffff: protocol ip matchall action mirred ingress redirect dev "$device"
}
# shellcheck disable=SC2016 # $1 and $2 are the inner bash's
connects() { timeout 5 ip netns exec stranger bash -c 'exec 3<>"/dev/tcp/$2/$1"' bash "$1" "$gateway" 2>/dev/null; }
gateway="${address%.*}.1"
trap remove EXIT
remove
device="$(ip -4 -oneline route show default | sed -E 's/.* dev ([^ ]+).*/\1/' | head --lines=1)"
if ! build 2>"$root"/run/trial.said; then missing "no other network can be built: $(tail --lines=1 "$root"/run/trial.said)"; fi
if [[ "$control" == own ]]; then
  control=61999
  python3 -I -m http.server --bind 0.0.0.0 "$control" >/dev/null 2>&1 &
  listener=$!
fi
for ((try = 0; try < 20; try++)); do
  if connects "$control"; then break; fi
  sleep 0.5
done
if ((try == 20)); then missing "$address does not even reach port $control, which is open"; fi
if connects "$closed"; then missing "$address reaches port $closed"; fi
seen "$address reaches port $control and not port $closed"
