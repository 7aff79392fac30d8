#!/bin/bash
# A stand-in for DShield's installer: see README.md.
# shellcheck disable=SC1090,SC1091,SC2154,SC2249,SC2250,SC2292,SC2312 # as upstream's: what it sources gives the names
TERM=vt100
INTERACTIVE=1
ini=/srv/dshield/etc/dshield.ini
user="$(id -ng)"
for argument in "$@"; do
  case "$argument" in
  --update | --upgrade)
    if [ ! -f "$ini" ]; then
      echo "Update mode requires a $ini file"
      exit 9
    fi
    INTERACTIVE=0
    ;;
  esac
done
date="$(date +%Y-%m-%d_%H%M%S)"
logfile="/srv/log/install_$date.log"
fault() { grep -qw -- "$1" /etc/dshield-stand-in 2>/dev/null; }
run() { eval "$*" >>"$logfile" 2>&1; }
sudorun() { eval "sudo $*" >>"$logfile" 2>&1; }
die() {
  echo "$*"
  exit 9
}

if [ ! -d /srv/log ]; then sudo mkdir -m 1777 -p /srv/log; fi
touch "$logfile" || exit 1
chmod 600 "$logfile"
clear
if [ "$(id -u)" = 0 ]; then die "You must not run this script as root"; fi
if ! sudo -n true; then die "you must have password less access to sudo"; fi
if [ "$INTERACTIVE" = 1 ]; then die "the stand-in has no dialogues"; fi
progdir=$PWD/$(dirname "$0")
cd "$progdir" || exit
run env
echo "Press ENTER to continue, CTRL+C to abort."
read -r
sudorun dpkg --configure -a
if [ -e ~/.cache/pip/wheel ] && ! [ -s ~/.cache/pip/wheel ]; then die "ERROR: the wheel in pip's cache is empty"; fi
if fault apt; then die "ERROR I was unable to install the python3-requests package via apt"; fi
if ! [ -e /etc/apt/apt.conf.d/90-honeypot-dshield ]; then die "apt would have asked something"; fi

sudorun mkdir -p /etc/modprobe.d
echo "blacklist ipv6" | sudo tee /etc/modprobe.d/ipv6.conf >/dev/null
for name in webhpot cowrie; do
  home=/srv/$name
  if [ "$name" = webhpot ]; then home=/srv/web; fi
  if ! grep -q "^$name:" /etc/passwd; then sudorun useradd --user-group --no-create-home --home-dir "$home" "$name"; fi
done
sudorun rm -f /etc/dshield.ini
sudorun ln -s "$ini" /etc/dshield.ini
run chmod 600 "$ini"
source <(grep '=' "$ini" | sed 's/ *= */=/g')
echo "check $userid $apikey"
if [ "$userid" = "" ] || [ "$apikey" = "" ]; then die "dshield.ini has to contain a userid and an apikey."; fi
if [ "$piid" = "" ]; then piid=$(openssl rand -hex 10); fi
: "${enable_local_logs:=true}" "${local_logs_file:=/srv/log/webhoneypot_{date\}.json}"
if [ "$interface" = "" ]; then interface=$(ip -4 route show | grep '^default ' | head -1 | cut -f5 -d' '); fi
localnet=$(ip route show | grep "$interface" | grep 'scope link' | grep '/' | cut -f1 -d' ')
if echo "$localnet" | grep -q '^10\.'; then localnet=10.0.0.0/8; fi
port=$(sudo grep '^Port' /etc/ssh/sshd_config | awk '{print $2}')
addresses=$(echo "$localips" | tr ' ' '\n' | grep -E '^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$' | sort -u)

if fault slow; then
  while [ ! -e /etc/dshield-stand-in.go ]; do sleep 0.2; done
fi

rules=$(mktemp)
{
  printf '%s\n' '*filter' ':LOCALINPUT - [0:0]' ':INPUT DROP [0:0]' ':FORWARD DROP [0:0]' ':OUTPUT ACCEPT [0:0]'
  printf '%s\n' '-A INPUT -i lo -j ACCEPT' "-A INPUT -i $interface -m state --state ESTABLISHED,RELATED -j ACCEPT"
  printf '%s\n' '-A INPUT -j LOCALINPUT' '-A LOCALINPUT -j RETURN'
  for address in $localnet $addresses; do
    echo "-A INPUT -i $interface -s $address -p tcp --dport ${port:-12222} -j ACCEPT"
  done
  # An empty or a second network breaks the line, as upstream's does.
  echo "-A INPUT -i $interface -s ${localnet} -p icmp -m icmp --icmp-type 8 -j ACCEPT"
  for each in 2222 2223 8000; do echo "-A INPUT -i $interface -p tcp --dport $each -j ACCEPT"; done
  printf '%s\n' COMMIT '*nat' ':PREROUTING ACCEPT [0:0]' ':INPUT ACCEPT [0:0]' ':OUTPUT ACCEPT [0:0]' ':POSTROUTING ACCEPT [0:0]'
  printf '%s\n' '-N DSHIELDLOG' '-A DSHIELDLOG -s 192.168.0.0/16 -j RETURN' '-A DSHIELDLOG -j LOG --log-prefix " DSHIELDINPUT "'
  printf '%s\n' '-A DSHIELDLOG -j RETURN' "-A PREROUTING -i $interface -m state --state NEW,INVALID -j DSHIELDLOG"
  for pair in 22:2222 23:2223 2323:2223 80:8000 8080:8000 7547:8000 5555:8000 9000:8000; do
    echo "-A PREROUTING -p tcp -m tcp --dport ${pair%:*} -j REDIRECT --to-ports ${pair#*:}"
  done
  echo COMMIT
} >"$rules"
sudorun mkdir -p /etc/network/if-pre-up.d
if [ -f /etc/network/iptables ]; then sudorun mv /etc/network/iptables "/etc/network/iptables.$date"; fi
if [ ! -f /etc/network/iptables.local ]; then echo '# local rules' | sudo tee /etc/network/iptables.local >/dev/null; fi
sudorun cp "$rules" /etc/network/iptables
sudorun chmod 700 /etc/network/iptables
rm -f "$rules"
sudorun install -m 775 ../etc/network/if-pre-up.d/dshield /etc/network/if-pre-up.d/dshield
sudorun install -D -m 600 ../etc/rsyslog.d/dshield.conf /etc/rsyslog.d/10-dshield.conf

sudorun chown -R "$user:webhpot" /srv/dshield
for file in fwlogparser.py DShield.py; do run install -m 700 "../srv/dshield/$file" "/srv/dshield/$file"; done
if ! fault no-cron; then
  printf '%s\n' "$((RANDOM % 30)) * * * * root /srv/dshield/fwlogparser.py" "$((RANDOM % 60)) $((RANDOM % 24)) * * * root /sbin/reboot" \
    "$((RANDOM % 60)) 10 * * * root find /srv/cowrie/var/log/cowrie -name 'cowrie.*' -ctime +7 -delete" | sudo tee /etc/cron.d/dshield >/dev/null
  sudorun chmod 755 /etc/cron.d/dshield
fi

run mv "$ini" "$ini.$date"
run touch "$ini"
run chmod 600 "$ini"
{
  printf '%s\n' '[DShield]' "interface=$interface" version=100 "email=$email"
  if ! fault no-account; then printf '%s\n' "userid=$userid" "apikey=$apikey"; fi
  printf '%s\n' "piid=$piid" fwlogfile=/var/log/dshield.log "localips=\"$(echo "$addresses" | tr '\n' ' ')\"" "adminports=${port:-12222} "
  printf '%s\n' "manualupdates=$manualupdates" "telnet=$telnet" '[plugin:tcp:http]' 'http_ports=[8000]' 'https_ports=[8443]'
  printf '%s\n' "local_logs_file=$local_logs_file" "enable_local_logs=$enable_local_logs" '[iscagent]' debug=false
} >>"$ini"
sudorun chown -R "$user:webhpot" /srv/dshield
sudorun chmod 0640 "$ini"

sudorun usermod -a -G cowrie "$user"
if fault zip; then die "Something went wrong downloading cowrie, ZIP corrupt."; fi
sudorun "rm -rf /srv/cowrie.2*"
sudorun "rm -f /srv/cowrie/var/log/cowrie/cowrie.json.2*"
if [ -d /srv/cowrie ]; then
  sudorun mv /srv/cowrie "/srv/cowrie.$date"
  sudorun chown -R "$user:$user" "/srv/cowrie.$date"
fi
sudorun mkdir -p /srv/cowrie/etc /srv/cowrie/var/log/cowrie /srv/cowrie/var/lib/cowrie/tty
sudorun chown -R "$user:cowrie" /srv/cowrie
if ! fault no-venv; then
  run python3 -m venv --without-pip /srv/cowrie/cowrie-env
  packages="$(/srv/cowrie/cowrie-env/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')"
  run mkdir -p "$packages/cowrie" "$packages/twisted"
  run touch "$packages/cowrie/__init__.py" "$packages/twisted/__init__.py"
  run install -m 755 ../srv/cowrie/twistd.py /srv/cowrie/cowrie-env/bin/twistd
fi
sudorun chmod 0770 /srv/cowrie
sudorun cp ../srv/cowrie/cowrie.cfg /srv/cowrie/etc/cowrie.cfg
sudorun chown -R cowrie:cowrie /srv/cowrie
if fault replaced-python; then sudorun ln -sf /planted /srv/cowrie/cowrie-env/bin/python; fi
sudorun cp ../lib/systemd/system/cowrie.service /lib/systemd/system/cowrie.service
sudorun systemctl daemon-reload
sudorun systemctl enable cowrie.service

# The agent is fetched as root and unverified.
if fault agent || ! getent hosts velociraptor.dshield.org | grep -q '^0\.0\.0\.0 '; then
  agent=$(mktemp -d)
  mkdir -p "$agent/DEBIAN" "$agent/etc/velociraptor"
  printf '%s\n' 'Package: velociraptor-client' 'Version: 1' 'Architecture: all' 'Maintainer: nobody <nobody@example.org>' 'Description: stand-in' >"$agent/DEBIAN/control"
  echo secret >"$agent/etc/velociraptor/client.config.yaml"
  run chmod -R go+rX "$agent"
  run dpkg-deb --root-owner-group --build "$agent" "$agent.deb"
  sudorun dpkg -i "$agent.deb"
  echo 'deb https://velociraptor.dshield.org stable main' | sudo tee /etc/apt/sources.list.d/velociraptor.list >/dev/null
  rm -r "$agent" "$agent.deb"
fi

sudorun mkdir -p /srv/web/run
sudorun cp -r ../srv/web/isc_agent /srv/web/
sudorun chown -R webhpot:webhpot /srv/web
if ! fault no-web; then (cd /srv/web && run sudo -u webhpot python3 -m zipapp ./isc_agent); fi
sudorun cp ../lib/systemd/system/web-honeypot.service /etc/systemd/system/web-honeypot.service
sudorun systemctl daemon-reload
sudorun systemctl enable web-honeypot.service
sudorun systemctl enable systemd-networkd.service systemd-networkd-wait-online.service
sudorun apt autoremove -y
echo '*** DShield Honeypot' | sudo tee /etc/motd >/dev/null

if ! fault no-certificate; then
  . ../etc/dshield.sslca
  mkdir -p ../etc/CA
  run "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout ../etc/CA/honeypot.key -out ../etc/CA/honeypot.crt -subj '/C=$country/ST=$state/L=$city/O=$company/OU=$depart/CN=$(hostname)'"
  cat ../etc/CA/honeypot.crt ../etc/CA/honeypot.key >../etc/CA/combined.pem
  sudorun install -m 600 -o webhpot -g webhpot ../etc/CA/combined.pem /srv/web/combined_stunnel.pem
fi
sudorun install -D -m 644 ../etc/logrotate.d/dshield /etc/logrotate.d/dshield
if [ -f /root/bin/postinstall.sh ]; then run /root/bin/postinstall.sh; fi
echo Done.
echo "Please reboot your Pi now."
echo "To check if all is working right:"
exit 0
