"""The findings of a run, reported in its exit code, in the log and by honeypot-status."""
import os
import sys
import time

import foreign

_failures = []
_bad = []
_notes = []


def fail(text):
    """A failure of the sensor itself: the run has failed."""
    _failures.append(text)


def bad(text):
    """Data that should be collected cannot be."""
    _bad.append(text)


def note(text):
    """A rule skipped data, or the next run will collect it."""
    _notes.append(text)


def reason(error):
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error) or type(error).__name__


def report(path):
    """Writes the notes, and logs the new ones. Returns whether the run has failed."""
    try:
        with open(path) as file:
            known = set(file.read().split("\n"))
    except OSError:
        known = set()
    lines = [foreign.printable("bad: " + text, 300) for text in _failures + _bad]
    lines += [foreign.printable("note: " + text, 300) for text in _notes]
    for line in lines[:100]:
        if line not in known:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            sys.stderr.write("%s collect: %s\n" % (now, line.partition(": ")[2]))
    foreign.put_notes(path, lines)
    return bool(_failures)
