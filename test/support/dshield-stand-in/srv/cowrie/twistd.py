"""A stand-in for cowrie: listens on its ports, writes lines of JSON per connection (with the version of an SSH client, and a telnet login), and prints its COWRIE_* settings when it starts."""
import json
import os
import secrets
import socketserver
import threading
import time


def write(event):
    event["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    with open("var/log/cowrie/cowrie.json", "a", encoding="utf-8") as log:
        log.write(json.dumps(event) + "\n")


class Visit(socketserver.BaseRequestHandler):
    def handle(self):
        port = self.server.server_address[1]
        session = secrets.token_hex(6)
        protocol = "ssh" if port == 2222 else "telnet"
        write({"eventid": "cowrie.session.connect", "session": session, "protocol": protocol, "src_ip": self.client_address[0], "dst_port": port})
        # A test that only reads the banner waits for the end of the connection.
        self.request.settimeout(3 if port == 2222 else 30)
        lines = self.request.makefile("rb")
        try:
            if port == 2222:
                self.request.sendall(b"SSH-2.0-stand-in\r\n")
                version = lines.readline(255).decode("latin-1").strip()
                if version.startswith("SSH-"):
                    write({"eventid": "cowrie.client.version", "session": session, "version": version})
                return
            self.request.sendall(b"login: ")
            name = lines.readline(255).decode("latin-1").strip()
            self.request.sendall(b"Password: ")
            password = lines.readline(255).decode("latin-1").strip()
            if name:
                write({"eventid": "cowrie.login.failed", "session": session, "username": name, "password": password})
                self.request.sendall(b"\r\nLogin incorrect\r\n")
        except OSError:
            pass


settings = os.environ
if settings.get("COWRIE_OUTPUT_DSHIELD_ENABLED") == "true" and settings.get("COWRIE_OUTPUT_DSHIELD_AUTH_KEY"):
    int(settings["COWRIE_OUTPUT_DSHIELD_BATCH_SIZE"])
    print("Loaded output engine: dshield", flush=True)
ports = [2222] + ([2223] if settings.get("COWRIE_TELNET_ENABLED") == "true" else [])
socketserver.ThreadingTCPServer.allow_reuse_address = True
servers = [socketserver.ThreadingTCPServer(("0.0.0.0", port), Visit) for port in ports]
for server in servers:
    threading.Thread(target=server.serve_forever).start()
