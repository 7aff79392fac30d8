"""A mail server for tests: TLS (from the start, or by STARTTLS) and AUTH. Prints its port, then each mail as a line of JSON.

usage: smtp-server.py CERTIFICATE KEY starttls|implicit|plain USER PASSWORD
"""
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

certificate, key, tls, user, password = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def authenticate(_server, _session, _envelope, _mechanism, data):
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
    return AuthResult(success=known, handled=known)


class Handler:
    async def handle_DATA(self, _server, session, envelope):
        mail = {
            "helo": session.host_name,
            "tls": session.ssl is not None or tls == "implicit",
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "text": envelope.content.decode("latin-1"),
        }
        print(json.dumps(mail), flush=True)
        return "250 OK"


def serve():
    return SMTP(
        Handler(),
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=tls == "starttls",
        require_starttls=tls == "starttls",
        tls_context=context if tls == "starttls" else None,
    )


async def main():
    wrap = context if tls == "implicit" else None
    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0, ssl=wrap)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
