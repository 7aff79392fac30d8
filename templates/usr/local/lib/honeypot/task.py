"""Common parts of the sensor's Python programs: settings, log lines, task results, locks. The twin of common.sh."""
import fcntl
import os
import re
import sys
import time

import foreign

ROOT = os.environ.get("HONEYPOT_ROOT", "")
DUMPS = ROOT + "/var/lib/honeypot/dumps"
STATE = ROOT + "/var/lib/honeypot/state"
LOGS = ROOT + "/var/log/honeypot"
BACKUPS = ROOT + "/var/backups/honeypot"
_SETTING = re.compile(r"""^([A-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'\\]*))\s*(?:#.*)?$""", re.M)


def settings():
    """Returns the settings of /etc/default/honeypot, also after manual edits."""
    with open(ROOT + "/etc/default/honeypot", encoding="utf-8", errors="surrogateescape") as file:
        found = _SETTING.findall(file.read())
    return {name: re.sub(r'\\(["\\$`])', r"\1", double) + single + bare for name, double, single, bare in found}


def log(name, text):
    """Writes a line to stderr and to the task's own log. The text is printable."""
    line = "%s %s: %s\n" % (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), name, text)
    sys.stderr.write(line)
    try:
        with open("%s/%s.log" % (LOGS, name), "a", encoding="ascii", opener=_log_opener) as file:
            file.write(line)
    except OSError:
        # On a full disk, only the journal has the line.
        pass


def last(task):
    """Returns (time, result, message) of a task's last result; the time is 0 if there is none."""
    try:
        with open("%s/%s.last" % (STATE, task), encoding="utf-8", errors="replace") as file:
            when, result, message = file.read(4000).rstrip("\n").split(" ", 2)
        return int(when), result, message
    except (OSError, ValueError):
        return 0, "", ""


def record(task, result, message):
    """Records a task's last result for honeypot-status, `ok` or `failed`."""
    line = "%d %s %s\n" % (time.time(), result, message)
    foreign.put("%s/%s.last" % (STATE, task), line.encode(), 0o644)


def hold(name):
    """Takes a lock until this process ends. Returns its descriptor, or None if another process has it."""
    folder = ROOT + "/run/honeypot"
    os.makedirs(folder, 0o700, exist_ok=True)
    descriptor = os.open("%s/%s.lock" % (folder, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _log_opener(path, flags):
    return os.open(path, flags, 0o640)
