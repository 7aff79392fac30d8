"""Finds and opens the honeypot's logs under the names that rotation uses."""
import contextlib
import datetime
import errno
import os
import pwd
import re
import time

import foreign
from collection.findings import bad, note, reason
from collection.readers import Packed, Plain

NAMES_AT_MOST = 10000
LOGS_AT_MOST = 100
# The ending of the day files and the paths of each log, by the stem of its day files.
LOGS = {
    "cowrie/cowrie": (".json", ("/srv/cowrie/var/log/cowrie/cowrie.json",)),
    "webhoneypot/webhoneypot": (".json", ("/srv/log/webhoneypot.json", "/srv/db/webhoneypot.json", "/srv/log/isc-agent.out")),
    "firewall/dshield": (".log", ("/var/log/dshield.log",)),
}


class Source:
    """An open log. `is_closed` means that its writer now uses another file."""

    def __init__(self, path, descriptor, status, match, today):
        self.path = path
        self.descriptor = descriptor
        self.changed = status.st_mtime
        self.is_live = not match["after"] and not match["packed"]
        day = re.search(r"\d{4}-\d\d-\d\d", match[0])
        self.is_closed = not self.is_live or bool(day and day[0] < today)
        self.day = day[0] if day else time.strftime("%Y-%m-%d", time.gmtime(self.changed))
        self.is_packed = bool(match["packed"])
        # Identifies a compressed file that was read to its end.
        self.tag = "%d:%d" % (status.st_ino, status.st_size)
        self.reader = Packed(descriptor, match["packed"]) if self.is_packed else Plain(descriptor)


def find_sources(root, stem, today):
    """Returns the open files of one of LOGS, those that still grow last. `today` may be two dates."""
    found = []
    places = [(path, None) for path in LOGS[stem][1]] + (_web_log(root) if stem.startswith("webhoneypot") else [])
    before = datetime.date.fromisoformat(min(today)) - datetime.timedelta(1)
    days = [before.isoformat(), *today]
    seen = set()
    for path, account in places:
        folder, name = os.path.split(path)
        try:
            with acting_as(account):
                directory = foreign.open_directory(root + folder)
                try:
                    for match in _logs(directory, folder, name, days):
                        shown = foreign.printable(folder + "/" + match[0])
                        try:
                            descriptor, status = foreign.open_file(directory, match[0])
                        except foreign.Refused as refused:
                            if str(refused) != os.strerror(errno.ENOENT):
                                bad("%s: not collected: %s" % (shown, refused))
                            continue
                        if match["packed"] in (".zst", ".lz4", ".Z"):
                            bad("%s: not collected: compressed by a program that is not supported" % shown)
                        elif (status.st_dev, status.st_ino) not in seen:
                            seen.add((status.st_dev, status.st_ino))
                            found.append(Source(shown, descriptor, status, match, min(today)))
                            continue
                        os.close(descriptor)
                finally:
                    os.close(directory)
        except FileNotFoundError:
            continue
        except (OSError, foreign.Refused) as error:
            bad("%s: not collected: %s" % (foreign.printable(folder), reason(error)))
    return found


def _web_log(root):
    """Returns a list with the path of the web honeypot's log in dshield.ini and the account that can read it."""
    folder = "/srv/dshield/etc"
    try:
        directory = foreign.open_directory(root + folder)
        try:
            descriptor, status = foreign.open_file(directory, "dshield.ini")
        finally:
            os.close(directory)
        text = os.pread(descriptor, 1 << 16, 0).decode("utf-8", "surrogateescape")
        os.close(descriptor)
    except (OSError, foreign.Refused) as error:
        if reason(error) != os.strerror(errno.ENOENT):
            bad("%s/dshield.ini: %s" % (folder, reason(error)))
        return []
    # The installer sources it as a shell script, but the web honeypot treats the quotes as part of the value.
    values = re.findall(r"^[ \t]*local_logs_file[ \t]*[=:](.*)$", text, re.MULTILINE)
    path = values[-1].strip(" \t\r").strip("\"'") if values else ""
    if not path:
        return []
    if not path.startswith("/") or ".." in path.split("/") or "\0" in path or "{date}" in os.path.dirname(path):
        bad("dshield.ini: local_logs_file %s cannot be collected" % foreign.printable(path))
        return []
    try:
        account = pwd.getpwnam("webhpot")
        return [(path, (account.pw_uid, account.pw_gid))]
    except KeyError:
        return [(path, (status.st_uid, status.st_gid))]


@contextlib.contextmanager
def acting_as(account):
    """Opens a file with the rights of an account, so that its symlinks cannot mislead root."""
    if not account or not account[0] or os.geteuid():
        yield
        return
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(account[1])
    os.seteuid(account[0])
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def _pattern(name):
    """Returns the pattern of a log's name with the suffixes of rotation: a number or a date, and compression."""
    if "{date}" in name:
        body = r"(?P<before>\d{4}-\d\d-\d\d)".join(map(re.escape, name.split("{date}", 1)))
    else:
        body = r"(?P<before>[._-]\d[\w.-]*?)?".join(map(re.escape, os.path.splitext(name)))
    return re.compile(body + r"(?P<after>[._-](?:\d[\w.-]*?|old))?(?P<packed>\.(?:gz|bz2|xz|zst|lz4|Z))?", re.ASCII)


def _logs(directory, folder, name, days):
    listed, more = foreign.names(directory, NAMES_AT_MOST)
    if more:
        note("%s: only %d of its files are examined" % (foreign.printable(folder), NAMES_AT_MOST))
    # The log itself, even if attackers have put many files beside it.
    certain = {name.replace("{date}", day, 1) for day in days}
    logs = [match for match in map(_pattern(name).fullmatch, sorted(certain.union(listed))) if match]
    logs.sort(key=lambda match: not (match["before"] or match["after"] or match["packed"]))
    if len(logs) <= LOGS_AT_MOST:
        return logs
    note("%s: only the newest %d of %d logs are collected" % (foreign.printable(folder), LOGS_AT_MOST, len(logs)))

    def changed(match):
        try:
            return os.stat(match[0], dir_fd=directory, follow_symlinks=False).st_mtime
        except OSError:
            return 0

    others = [match for match in logs if match[0] not in certain]
    newest = set(sorted(others, key=changed)[len(certain) - LOGS_AT_MOST:])
    return [match for match in logs if match in newest or match[0] in certain]
