/**
 * Rules as upstream's installer writes them, in its form and with its mistakes (`install.sh:1577-1717`): our words.
 * `localNet` is what it took for the local network: nothing, one network, or several with line ends between.
 */
export function upstreamFirewall(facts: {
  readonly device: string;
  readonly localNet: string;
  readonly adminPort?: number;
  readonly connected?: readonly string[];
}): string {
  const { device, localNet, adminPort = 12222, connected = [] } = facts;
  const admins = [localNet, ...connected].map(
    (network) => `-A INPUT -i ${device} -s ${network} -p tcp --dport ${adminPort} -j ACCEPT`,
  );
  return `
*filter
:LOCALINPUT - [0:0]
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -i ${device} -m state --state ESTABLISHED,RELATED -j ACCEPT
-A INPUT -j LOCALINPUT
-A LOCALINPUT -j RETURN
-A INPUT -i ${device} -s ${localNet} -p icmp -m icmp --icmp-type 8 -j ACCEPT
# who may reach the admin port
${admins.join("\n")}
${[2222, 2223, 8000].map((port) => `-A INPUT -i ${device} -p tcp --dport ${port} -j ACCEPT`).join("\n")}
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i ${device} -m pkttype --pkt-type multicast -j RETURN
-N DSHIELDLOG
-A DSHIELDLOG -s 127.0.0.0/8 -j RETURN
-A DSHIELDLOG -j LOG --log-prefix " DSHIELDINPUT "
-A DSHIELDLOG -j RETURN
-A PREROUTING -i ${device} -m state --state NEW,INVALID -j DSHIELDLOG
-A PREROUTING -p tcp -m tcp --dport 22 -j REDIRECT --to-ports 2222
COMMIT
`;
}
