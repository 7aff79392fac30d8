"""What a run could not collect: its exit code, the log and honeypot-status tell."""
import os
import sys
import time

import foreign

_failures = []
_bad = []
_notes = []


def fail(text):
    """Something of the sensor's own went wrong: the run has failed."""
    _failures.append(text)


def bad(text):
    """Something that should be collected cannot be."""
    _bad.append(text)


def note(text):
    """Something is left out by a rule, or left to the next run."""
    _notes.append(text)


def reason(error):
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error) or type(error).__name__


def report(path):
    """Writes the notes, and logs those that are new. Returns whether the run has failed."""
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
