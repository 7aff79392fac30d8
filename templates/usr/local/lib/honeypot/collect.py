"""Collects each whole line of the honeypot's logs, and each finished tty and download, once. Started by collect.sh.

The arguments are today's date, here and in UTC. Ends with 1 when it could not collect what it should.
"""
import os
import resource
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from collection.days import finish_days, ledger, logs, remove_leftovers, root
from collection.findings import fail, report
from collection.lines import collect_lines
from collection.objects import collect_objects
from collection.sources import LOGS, find_sources

# Seconds for each kind of log, so that one takes no time from another.
SECONDS = 10
# Memory that decompressing a file may use.
MEMORY_AT_MOST = 1 << 30


def main():
    today = sys.argv[1:3]
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_AT_MOST, MEMORY_AT_MOST))
    os.makedirs(ledger, exist_ok=True)
    attempt(remove_leftovers)
    for stem in LOGS:
        attempt(collect_log, today, stem)
    attempt(finish_days, today, SECONDS)
    for kind in ("tty", "downloads"):
        attempt(collect_objects, root, kind, SECONDS / 2)
    return int(report(root + "/var/lib/honeypot/state/collect.notes"))


def collect_log(today, stem):
    os.makedirs(os.path.dirname("%s/%s" % (logs, stem)), exist_ok=True)
    sources = find_sources(root, stem, today)
    try:
        collect_lines(stem, LOGS[stem][0], sources, SECONDS)
    finally:
        for source in sources:
            os.close(source.descriptor)


def attempt(step, *arguments):
    """Runs a step so that its failure does not affect the others."""
    try:
        step(*arguments)
    except Exception as error:
        traceback.print_exc()
        fail("%s: %s" % (step.__name__, error))


sys.exit(main())
