"""Sends messages by webhook and mail, and requests the heartbeat. No header reveals which programs run here."""
import errno
import http.client
import os
import signal
import socket
import ssl
import time
from urllib.parse import quote, urlsplit

import foreign
import messages
import task

CONNECT_SECONDS = 10
CHANNEL_SECONDS = int(os.environ.get("HONEYPOT_CHANNEL_SECONDS", "30"))
REPLY_BYTES = 1 << 16
USER_AGENT = "status/1"
_FILES = {"heartbeat": "heartbeat_url", "webhook": "webhook_url"}


class Failure(Exception):
    """Why a message was not delivered. The text contains no part of a URL and no foreign text."""


def configured(settings):
    """Returns the names of the channels that the settings have."""
    names = [name for name, file in _FILES.items() if secret(file)]
    return names + (["mail"] if settings.get("MAIL_HOST") else [])


def secret(name):
    """Returns a secret of the settings; an empty string if there is none."""
    try:
        with open("%s/etc/honeypot/secrets/%s" % (task.ROOT, name), encoding="utf-8") as file:
            return file.read(1 << 16).strip()
    except FileNotFoundError:
        return ""


def send(name, settings, message):
    """Sends a message through a channel. Returns why it failed, or None."""
    signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, CHANNEL_SECONDS)
    try:
        ports = tuple(int(port) for port in settings.get("NOTIFY_PORTS", "").split())
        if name == "mail":
            import mail

            mail.send(settings, secret("mail_password"), message, lambda host, port: connect(host, port, ports))
        else:
            _request(name, settings, message, ports)
        return None
    except Failure as failure:
        return str(failure)
    except ssl.SSLCertVerificationError as error:
        # The name of the server, which is a part of the URL, follows a comma.
        return "its certificate is not valid: " + foreign.printable(error.verify_message.partition(",")[0], 200)
    except socket.gaierror:
        return "its name has no address"
    except Exception as error:
        # Whatever a server or a secret contains, the other channels still work.
        reason = error.strerror if isinstance(error, OSError) and error.errno else type(error).__name__
        return "no connection: " + foreign.printable(str(reason), 200)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def connect(host, port, ports):
    """Returns a socket from one of our `ports`, which the capture excludes; from another port if they are in use."""
    failure = OSError()
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        for own in [*range(*ports[:1], ports[1] + 1), 0] if ports else [0]:
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(CONNECT_SECONDS)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("", own))
                sock.connect(address)
                return sock
            except OSError as error:
                sock.close()
                failure = error
                if error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL):
                    break
    raise failure


def _request(name, settings, message, ports):
    url = urlsplit(secret(_FILES[name]))
    target = (url.path or "/") + ("?" + url.query if url.query else "")
    method, body, headers = "GET", None, {}
    if name == "webhook":
        method = "POST"
        kind = settings.get("WEBHOOK_FORMAT", "json")
        content_type, body, headers = messages.webhook(kind, message)
        headers["Content-Type"] = content_type
        if secret("webhook_token"):
            headers["Authorization"] = "Bearer " + secret("webhook_token")
        if kind == "matrix":
            # The homeserver ignores a second message with the same number.
            method, target = "PUT", "%s/%s" % (url.path.rstrip("/"), quote("%d" % time.time_ns()))
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    # It only knows the name for the Host header; the socket is ours.
    connection = http.client.HTTPConnection(url.hostname, port, timeout=CONNECT_SECONDS)
    connection.default_port = 443 if secure else 80
    connection.sock = connect(url.hostname, port, ports)
    try:
        if secure:
            connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=url.hostname)
        connection.request(method, target, body, dict(headers, **{"User-Agent": USER_AGENT, "Connection": "close"}))
        reply = connection.getresponse()
        reply.read(REPLY_BYTES)
    finally:
        connection.close()
    if not 200 <= reply.status < 300:
        raise Failure("the server answered with status %d" % reply.status)


def _time_is_up(*_):
    raise Failure("no complete answer within %d seconds" % CHANNEL_SECONDS)
