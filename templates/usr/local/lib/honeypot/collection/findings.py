"""What a run could not collect: the log, honeypot-status and the exit code tell."""
import os
import sys
import time

import foreign

# What is not collected although it can be read. The run has failed.
failures = []
# What is left out, or left to the next run.
findings = []


def report(path):
    """Logs what was not in the notes of the run before, and writes the notes."""
    try:
        with open(path) as file:
            known = set(file.read().split("\n"))
    except OSError:
        known = set()
    notes = [foreign.printable(note, 300) for note in failures + findings]
    for note in notes[:100]:
        if note not in known:
            sys.stderr.write("%s collect: %s\n" % (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), note))
    foreign.put_notes(path, notes)


def reason(error):
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error) or type(error).__name__
