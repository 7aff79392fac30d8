"""Prints when a log was last written, in seconds, and its last line. Of several that fit a pattern: the newest.

Prints `- REASON` if it refuses to read, and nothing if there is no line.
"""
import fnmatch
import os
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import foreign

NAMES_AT_MOST = 10000


def newest(directory, pattern):
    found = []
    for name in fnmatch.filter(foreign.names(directory, NAMES_AT_MOST)[0], pattern):
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except OSError:
            continue
        # Other entries come last, so they are reported only if there is no log.
        found.append((stat.S_ISREG(status.st_mode), status.st_mtime, name))
    return max(found)[2] if found else None


folder, pattern = os.path.split(sys.argv[1])
try:
    directory = foreign.open_directory(folder)
    name = newest(directory, pattern)
    if name is not None:
        descriptor, status = foreign.open_file(directory, name)
        line = foreign.last_line(descriptor)
        if line:
            sys.stdout.buffer.write(b"%d %s\n" % (status.st_mtime, line[:160].replace(b"\0", b" ")))
except foreign.Refused as refused:
    print("-", refused)
except OSError:
    pass
