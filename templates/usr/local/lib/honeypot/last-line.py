"""Prints when the newest of a log's files was written, and its last line: NAME, or all that begin with PREFIX and end with SUFFIX.

Arguments: FOLDER NAME, or FOLDER PREFIX SUFFIX. Prints nothing when there is no line that this account may read.
honeypot-status makes the line printable.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import foreign

newest = (0, b"")
try:
    directory = foreign.open_directory(sys.argv[1])
    names = [sys.argv[2]]
    if len(sys.argv) > 3:
        names = [name for name in foreign.names(directory, 10000)[0] if name.startswith(sys.argv[2]) and name.endswith(sys.argv[3])]
    for name in names:
        try:
            descriptor, status = foreign.open_file(directory, name)
        except foreign.Refused:
            continue
        if status.st_size:
            newest = max(newest, (int(status.st_mtime), foreign.last_line(descriptor)))
        os.close(descriptor)
except (OSError, foreign.Refused):
    pass
if newest[0]:
    sys.stdout.buffer.write(b"%d %s\n" % (newest[0], newest[1][:160]))
