"""Collects ttys and downloads that cowrie has renamed to their hash, which means that they are complete."""
import errno
import os
import re
import time

import foreign
from collection.days import NoSpace, check_room, ledger, logs
from collection.findings import bad, fail, note, reason
from collection.readers import CHUNK

NAMES_AT_MOST = 200000
SIZE_AT_MOST = 100 << 20
# cowrie's name for an unfinished tty.
OPEN_TTY = re.compile(r"[0-9A-Za-z-]+\.log", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}")


class _Late(Exception):
    pass


def collect_objects(root, kind, seconds):
    """Keeps a list of collected files as long as cowrie has them, because retention deletes our copies earlier."""
    folder = "/srv/cowrie/var/lib/cowrie/" + kind
    try:
        directory = foreign.open_directory(root + folder)
    except FileNotFoundError:
        return
    except (OSError, foreign.Refused) as error:
        bad("%s: not collected: %s" % (folder, reason(error)))
        return
    try:
        _collect(directory, folder, kind, time.monotonic() + seconds)
    finally:
        os.close(directory)


def _collect(directory, folder, kind, end):
    to = "%s/cowrie/%s" % (logs, kind)
    os.makedirs(to, exist_ok=True)
    seen_path = "%s/%s.seen" % (ledger, kind)
    try:
        with open(seen_path) as file:
            seen = set(file.read().split("\n")[:-1])
    except FileNotFoundError:
        seen = set()
    listed, more = foreign.names(directory, NAMES_AT_MOST)
    present = seen.intersection(listed)
    new = []
    odd = large = late = 0
    for name in listed:
        if name in present:
            continue
        is_tty = OPEN_TTY.fullmatch(name)
        if not is_tty and not HASH.fullmatch(name):
            odd += name != ".gitignore"
        elif time.monotonic() > end:
            late += 1
        else:
            try:
                descriptor, status = foreign.open_file(directory, name)
            except foreign.Refused as refused:
                odd += str(refused) != os.strerror(errno.ENOENT)
                continue
            try:
                if is_tty and time.time() - status.st_mtime < 3600:
                    continue
                if status.st_size > SIZE_AT_MOST:
                    large += 1
                    continue
                if not os.path.lexists("%s/%s" % (to, name)):
                    _copy(descriptor, "%s/.%s.new" % (to, name), end)
                new.append(name)
            except _Late:
                late += 1
            except (OSError, NoSpace) as error:
                fail("%s: not collected: %s" % (folder, reason(error)))
                break
            finally:
                os.close(descriptor)
    if new:
        os.sync()
        for name in new:
            if os.path.exists("%s/.%s.new" % (to, name)):
                os.rename("%s/.%s.new" % (to, name), "%s/%s" % (to, name))
        os.sync()
        # The list gets a line for each file, and is rewritten if most of its files no longer exist.
        with open(seen_path, "a") as file:
            file.write("".join(name + "\n" for name in new))
            file.flush()
            os.fsync(file.fileno())
    if len(seen) > 2 * len(present) + 1000:
        foreign.put(seen_path, "".join(name + "\n" for name in sorted(present.union(new))).encode())
    for count, what in (
        (odd, "%d entries are not files named by their hash: not collected"),
        (large, "%%d files are larger than %d MiB: not collected" % (SIZE_AT_MOST >> 20)),
        (late, "%d files are left for the next run"),
        (more and NAMES_AT_MOST, "only %d files are examined"),
    ):
        if count:
            note("%s: %s" % (folder, what % count))


def _copy(descriptor, path, end):
    """Copies a file that may grow, and preserves its holes."""
    position = 0
    try:
        with open(path, "wb") as file:
            while True:
                data = os.pread(descriptor, CHUNK, position)
                if not data:
                    break
                if time.monotonic() > end or position > SIZE_AT_MOST:
                    raise _Late()
                if data.count(0) < len(data):
                    check_room(len(data))
                    file.seek(position)
                    file.write(data)
                position += len(data)
            file.truncate(position)
    except BaseException:
        os.unlink(path)
        raise
