"""Day files: the collected lines of a log by date, and the ledger of how much of each log they contain."""
import errno
import gzip
import os
import shutil
import time

import foreign
from collection.findings import fail, note, reason
from collection.readers import CHUNK

# A day file of this size is compressed, and its day gets another one, so that no run has more than this to compress.
SIZE_AT_MOST = 64 << 20
FORGET_AFTER_SECONDS = 7 * 86400

root = os.environ.get("HONEYPOT_ROOT", "")
logs = root + "/var/log/honeypot"
ledger = root + "/var/lib/honeypot/state/collected"


class NoSpace(Exception):
    def __str__(self):
        return "%s: a part of the disk stays free" % os.strerror(errno.ENOSPC)


def check_room(count):
    """Raises NoSpace if the disk would get full. A day file also needs room for its compressed form."""
    disk = os.statvfs(logs)
    if 2 * count > (disk.f_bavail - disk.f_blocks // 50) * disk.f_frsize:
        raise NoSpace()


class Entry:
    """How far a log is in day files. A log is known by its first line, whatever its name is by now.

    `taken` bytes of the log are in day files; `mark` identifies their end, and `size` is that of the last day file. Any
    data beyond `size` was written by a killed run and is collected again. `packed` is the tag of the compressed file
    that was read to its end. `skipped` lines of `skipped_bytes` were too long; the last may not have ended yet.
    `unfinished` is the position of a last line without an end.
    """

    fields = {
        "day_file": "-", "size": 0, "taken": 0, "mark": "-", "packed": "-",
        "is_skipping": 0, "skipped": 0, "skipped_bytes": 0, "unfinished": 0,
    }

    def __init__(self, key):
        self.path = "%s/%s" % (ledger, key)
        self.age = 0
        found = []
        try:
            with open(self.path) as file:
                found = file.read().split()
                self.age = time.time() - os.fstat(file.fileno()).st_mtime
        except FileNotFoundError:
            pass
        self.saved = found
        # The entries of earlier versions.
        if found[2:] == ["done"]:
            found = [*found[:2], "0", "-", "done"]
        vars(self).update(self.fields)
        try:
            vars(self).update((field, type(self.fields[field])(value)) for field, value in zip(self.fields, found))
        except ValueError:
            # A duplicate line is better than a log that is never collected again.
            vars(self).update(self.fields)

    def save(self):
        """Writes only changes, and once a day that the log still exists."""
        values = [str(getattr(self, field)) for field in self.fields]
        if values != self.saved:
            foreign.put(self.path, (" ".join(values) + "\n").encode())
            self.saved = values
            self.age = 0
        elif abs(self.age) > 86400:
            os.utime(self.path)

    def day_path(self):
        return "%s/%s" % (logs, self.day_file)

    def is_open(self):
        """Whether there is a day file that may still grow."""
        return os.path.isfile(self.day_path()) and not os.path.exists(self.day_path() + ".gz")

    def read_day(self):
        """Returns the open day file, or None if it no longer exists."""
        for opened, path in ((gzip.open, self.day_path() + ".gz"), (open, self.day_path())):
            if os.path.isfile(path):
                return opened(path, "rb")
        return None


class Writer:
    """Appends to the day file of an entry. The data counts after `finish` is done and the entry is saved."""

    known = set()

    def __init__(self, entry, stem, ending, day):
        self.entry, self.stem, self.ending, self.day = entry, stem, ending, day
        self.file = None
        self.before = None

    def write(self, data):
        check_room(len(data))
        entry = self.entry
        if not self.file:
            if entry.is_open() and entry.size >= SIZE_AT_MOST:
                compress(entry)
            if not entry.is_open():
                self.before = entry.day_file, entry.size
                entry.day_file, entry.size = self._new_name(), 0
                entry.save()
            self.file = open(entry.day_path(), "ab", buffering=0)
            if self.file.tell() > entry.size:
                self.file.truncate(entry.size)
        view = memoryview(data)
        while view:
            view = view[self.file.write(view):]

    def undo(self):
        entry = self.entry
        if self.file:
            self.file.truncate(entry.size)
            self.file.close()
        if self.before:
            if os.path.exists(entry.day_path()):
                os.unlink(entry.day_path())
            entry.day_file, entry.size = self.before
            entry.save()

    def finish(self):
        if self.file:
            os.fsync(self.file.fileno())
            self.entry.size = self.file.tell()
            self.file.close()
            sync_folder(os.path.dirname(self.entry.day_path()))

    def _new_name(self):
        """Returns a name that no day file has had."""
        if not Writer.known:
            Writer.known = {entry.day_file for entry in entries()}
        count = 1
        name = "%s_%s%s" % (self.stem, self.day, self.ending)
        while name in Writer.known or any(os.path.lexists("%s/%s%s" % (logs, name, packed)) for packed in ("", ".gz")):
            count += 1
            name = "%s_%s_%d%s" % (self.stem, self.day, count, self.ending)
        Writer.known.add(name)
        return name


def entries():
    return [Entry(key) for key in sorted(os.listdir(ledger)) if not key.endswith(".seen") and not key.startswith(".")]


def compress(entry):
    path = entry.day_path()
    new = "%s/.%s.gz.new" % os.path.split(path)
    try:
        with open(path, "rb+") as day, open(new, "wb") as file:
            if os.fstat(day.fileno()).st_size > entry.size:
                day.truncate(entry.size)
            with gzip.GzipFile("", "wb", 6, file, 0) as packed:
                shutil.copyfileobj(day, packed, CHUNK)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path + ".gz")
    except BaseException:
        if os.path.exists(new):
            os.unlink(new)
        raise
    sync_folder(os.path.dirname(path))
    os.unlink(path)


def finish_days(today, seconds):
    """Compresses finished files and finished days. Forgets logs that disappeared long ago."""
    end = time.monotonic() + seconds
    for entry in entries():
        day = entry.day_file.partition("_")[2][:10]
        # A wrong clock created a day in the future.
        is_over = entry.packed != "-" or entry.size >= SIZE_AT_MOST or day not in today
        if entry.size and is_over and entry.is_open():
            if time.monotonic() > end:
                note("%s: left to the next run to compress" % entry.day_file)
                continue
            try:
                compress(entry)
            except OSError as error:
                fail("%s: not compressed: %s" % (entry.day_file, reason(error)))
        # Not immediately, because a rotation may have hidden it from one run.
        elif entry.age > FORGET_AFTER_SECONDS:
            os.unlink(entry.path)


def remove_leftovers():
    """Removes the leftovers of a killed run."""
    # The scratch file of earlier versions.
    if os.path.isfile(logs + "/.collecting"):
        os.unlink(logs + "/.collecting")
    for folder in ("cowrie", "webhoneypot", "firewall", "cowrie/tty", "cowrie/downloads", ledger):
        folder = os.path.join(logs, folder)
        names = set(os.listdir(folder)) if os.path.isdir(folder) else ()
        for name in names:
            if name.startswith(".") and name.endswith(".new") or name + ".gz" in names:
                os.unlink(os.path.join(folder, name))


def sync_folder(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    os.fsync(descriptor)
    os.close(descriptor)
