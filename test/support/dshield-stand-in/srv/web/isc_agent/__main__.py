"""A stand-in for the web honeypot: answers on its ports, and writes a line of JSON a request."""
import http.server
import json
import ssl
import threading
import time


class Visit(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(time.strftime("/srv/log/webhoneypot_%Y-%m-%d.json"), "a", encoding="utf-8") as log:
            log.write(json.dumps({"sip": self.client_address[0], "url": self.path, "method": "GET"}) + "\n")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"stand-in\n")

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/web/combined_stunnel.pem")
plain = http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Visit)
secure = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Visit)
secure.socket = context.wrap_socket(secure.socket, server_side=True)
for server in (plain, secure):
    threading.Thread(target=server.serve_forever).start()
