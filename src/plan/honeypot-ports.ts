/** Ports of the honeypot's own daemons, and ports that DShield redirects to them (`install.sh:302-308`, stunnel's 8443). */
export const honeypotPorts: Readonly<Record<number, string>> = {
  22: "DShield redirects it to the ssh honeypot",
  23: "DShield redirects it to the telnet honeypot",
  2323: "DShield redirects it to the telnet honeypot",
  80: "DShield redirects it to the web honeypot",
  8080: "DShield redirects it to the web honeypot",
  7547: "DShield redirects it to the web honeypot",
  5555: "DShield redirects it to the web honeypot",
  9000: "DShield redirects it to the web honeypot",
  2222: "the ssh honeypot listens there",
  2223: "the telnet honeypot listens there",
  8000: "the web honeypot listens there",
  8443: "the web honeypot's TLS listens there",
};
