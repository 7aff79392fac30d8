"""Sends a message by SMTP submission, only over TLS with a valid certificate."""
import email.message
import email.utils
import smtplib
import ssl

import messages
from channels import CONNECT_SECONDS, REPLY_BYTES, Failure


class _Bounded:
    """Reads a limited number of bytes from a server."""

    def __init__(self, file):
        self._file = file
        self._left = REPLY_BYTES

    def readline(self, size):
        line = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise Failure("the server does not end its answer")
        return line

    def close(self):
        self._file.close()


class _Smtp(smtplib.SMTP):
    """An SMTP client on a socket of `connect`, which limits the server's answers."""

    def __init__(self, host, port, connect, wrap):
        self._connect = connect
        self._wrap = wrap
        # An address literal, because the sensor's own name would reveal it.
        super().__init__(host, port, local_hostname="[127.0.0.1]", timeout=CONNECT_SECONDS)

    def _get_socket(self, host, port, timeout):
        return self._wrap(self._connect(host, port))

    def getreply(self):
        if self.file is None:
            self.file = _Bounded(self.sock.makefile("rb"))
        return super().getreply()


def send(settings, password, message, connect):
    """Sends a message with the settings MAIL_*. Raises Failure with the stage at which the server refused."""
    host, port = settings["MAIL_HOST"], int(settings["MAIL_PORT"])
    context = ssl.create_default_context()
    implicit = settings["MAIL_TLS"] == "implicit"
    smtp = _Smtp(host, port, connect, lambda sock: context.wrap_socket(sock, server_hostname=host) if implicit else sock)
    try:
        if not implicit:
            smtp.starttls(context=context)
        if settings.get("MAIL_USER"):
            smtp.login(settings["MAIL_USER"], password)
        smtp.send_message(_compose(settings, message), settings["MAIL_FROM"], settings["MAIL_TO"].split())
    except smtplib.SMTPNotSupportedError:
        raise Failure("the server does not offer %s" % ("a login" if implicit else "STARTTLS, or a login")) from None
    except smtplib.SMTPAuthenticationError as error:
        raise Failure("the server refused the login (%d)" % error.smtp_code) from None
    except smtplib.SMTPRecipientsRefused:
        raise Failure("the server refused every recipient") from None
    except smtplib.SMTPResponseException as error:
        raise Failure("the server refused the message (%d)" % error.smtp_code) from None
    except smtplib.SMTPException as error:
        raise Failure("the server ended the session (%s)" % type(error).__name__) from None
    finally:
        smtp.close()


def _compose(settings, message):
    mail = email.message.EmailMessage()
    mail["Subject"] = messages.title(message)
    mail["From"] = settings["MAIL_FROM"]
    mail["To"] = ", ".join(settings["MAIL_TO"].split())
    mail["Date"] = email.utils.formatdate()
    mail["Message-ID"] = email.utils.make_msgid(domain=settings["MAIL_FROM"].rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(messages.text(message) + "\n")
    return mail
