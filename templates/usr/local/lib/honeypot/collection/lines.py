"""Collects the lines of logs, each once, even if their files are renamed, copied, compressed or cut."""
import contextlib
import hashlib
import os
import re
import time

from collection.days import SIZE_AT_MOST, Entry, NoSpace, Writer, compress
from collection.findings import bad, fail, note, reason
from collection.readers import CHUNK, FIRST_LINE_AT_MOST, Damaged, Late, first_line, mark

LINE_AT_MOST = 8 << 20
# Bytes of one log in one run.
LOG_AT_MOST = 256 << 20
# Minimum time for each log, because attackers may have put a hundred files beside it.
SECONDS_AT_LEAST = 0.1
# A last line has no end if its file has not changed for this long.
CLOSED_AFTER_SECONDS = 600


def collect_lines(stem, ending, sources, seconds):
    """Collects new lines from open logs. A failure with one log does not affect the others."""
    run = _Run(stem, ending, seconds)
    others = []
    for source in sources:
        source.key = source.entry = None
        with run.guard(source):
            if run.identify(source) and not run.claim(source, Entry(source.key)):
                others.append(source)
    for source in others:
        with run.guard(source):
            run.claim_other(source)
    for source in sources:
        with run.guard(source):
            if source.key:
                run.take(source)


class _Run:
    def __init__(self, stem, ending, seconds):
        self.stem, self.ending = stem, ending
        self.end = time.monotonic() + seconds
        self.claims = {}

    @contextlib.contextmanager
    def guard(self, source):
        """Assigns each log half of the remaining time, so that some is left for the last one."""
        now = time.monotonic()
        self.deadline = now + max(SECONDS_AT_LEAST, (self.end - now) / 2)
        try:
            yield
        except Late:
            note("%s: takes too long; the next run continues" % source.path)
        except Damaged as damaged:
            source.key = None
            bad("%s: not collected: damaged, or not yet complete (%s)" % (source.path, damaged))
        except (OSError, NoSpace) as error:
            source.key = None
            fail("%s: not collected: %s" % (source.path, reason(error)))

    def identify(self, source):
        line = first_line(source.reader, self.deadline)
        # The end of the line will follow, unless the file is closed.
        if line and (line.endswith(b"\n") or len(line) == FIRST_LINE_AT_MOST or source.is_closed):
            source.first = line
            source.key = "%s-%s" % (self.stem.split("/")[1], hashlib.sha256(line.rstrip(b"\n") + b"\n").hexdigest())
        elif not line and source.reader.length(self.deadline) > FIRST_LINE_AT_MOST:
            bad("%s: not collected: contains no line" % source.path)
        return source.key

    def claim(self, source, entry):
        """Matches a log with its entry, if the data that the entry describes still exists."""
        if not self.follows(source, entry):
            return False
        source.key = os.path.basename(entry.path)
        self.claims.setdefault(source.key, source)
        return True

    def follows(self, source, entry):
        if entry.packed == "done" or source.is_packed and entry.packed == source.tag:
            return True
        if not source.is_packed and source.reader.length(0) < entry.taken:
            return False
        return entry.mark in ("-", mark(source.reader, entry.taken, self.deadline))

    def claim_other(self, source):
        """Finds out why a log does not continue where its entry ends."""
        key, source.key = source.key, None
        entry = Entry(key)
        length = source.reader.length(self.deadline)
        if not source.is_packed and not source.is_live and length < entry.taken:
            # An unfinished copy, or one from before the last lines.
            return
        if key not in self.claims:
            # It lost its end in a power cut.
            entry.taken = self.common(source, entry)
            entry.mark = mark(source.reader, entry.taken, self.deadline)
            entry.packed = "-"
            source.key, source.entry = key, entry
            self.claims[key] = source
            return
        # Another log with the same first line, unless it is a copy.
        if mark(self.claims[key].reader, length, self.deadline) != mark(source.reader, length, self.deadline):
            for count in range(2, 100):
                if self.claim(source, Entry("%s.%d" % (key, count))):
                    return

    def common(self, source, entry):
        """Returns the end of the last line that a log still has in common with its day file."""
        position = ends = entry.taken - entry.size
        day = entry.read_day()
        with day or open(os.devnull, "rb"):
            while position < entry.taken:
                data = source.reader.read(position, min(1 << 16, entry.taken - position), self.deadline)
                same = len(os.path.commonprefix([data, day.read(len(data)) if day else data]))
                if b"\n" in data[:same]:
                    ends = position + data.rindex(b"\n", 0, same) + 1
                position += len(data)
                if same < len(data) or not data:
                    break
        return ends

    def take(self, source):
        entry = source.entry or Entry(source.key)
        # Another file of the same log may be further ahead in this run.
        if not self.follows(source, entry):
            return
        is_taken = entry.packed == "done" or (entry.packed == source.tag if source.is_packed else entry.taken == source.reader.length(0))
        if entry.saved:
            entry.save()
        left = LOG_AT_MOST
        while not is_taken and left > 0:
            is_taken = not self.take_part(source, entry)
            left -= SIZE_AT_MOST
        if not is_taken:
            note("%s: more than %d MiB; the next run continues" % (source.path, LOG_AT_MOST >> 20))
        if entry.skipped:
            message = "%s: skipped %d lines longer than %d MiB (%d bytes)"
            note(message % (source.path, entry.skipped, LINE_AT_MOST >> 20, entry.skipped_bytes))

    def take_part(self, source, entry):
        """Collects at most as much as fits into one day file. Returns whether there is more."""
        writer = Writer(entry, self.stem, self.ending, source.day)
        reader = source.reader
        position = entry.taken
        end = position + SIZE_AT_MOST
        skipping, skipped, skipped_bytes = entry.is_skipping, entry.skipped, entry.skipped_bytes
        rest = b""
        zeros = 0
        is_read = False
        problem = None
        try:
            while not is_read and position - len(rest) < end:
                if time.monotonic() > self.deadline:
                    problem = Late()
                    break
                if skipping or not rest:
                    hole = reader.after_hole(position) - position
                    position, end = position + hole, end + hole
                    if skipping:
                        skipped_bytes += hole
                    else:
                        zeros += hole
                try:
                    data = reader.read(position, CHUNK, self.deadline)
                except Late as late:
                    problem = late
                    break
                is_read = not data
                position += len(data)
                if skipping:
                    cut = data.find(b"\n") + 1
                    skipping = int(not cut)
                    skipped_bytes += cut or len(data)
                    data = data[cut:] if cut else b""
                data = rest + data
                cut = data.rfind(b"\n") + 1
                # A program that did not notice the truncation of its log left zeros before a line.
                rest = data[cut:].lstrip(b"\0")
                zeros += len(data) - cut - len(rest)
                if cut:
                    try:
                        writer.write(re.sub(rb"(?m)^\0+", b"", data[:cut]) if b"\0" in data else data[:cut])
                    except NoSpace as no_space:
                        problem, rest = no_space, data
                        break
                if len(rest) > LINE_AT_MOST:
                    skipping, skipped, skipped_bytes, rest = 1, skipped + 1, skipped_bytes + len(rest), b""
            if zeros > LINE_AT_MOST:
                skipped, skipped_bytes = skipped + 1, skipped_bytes + zeros
            unfinished = 0
            if is_read and rest and source.is_closed:
                is_old = abs(time.time() - source.changed) > CLOSED_AFTER_SECONDS
                if source.is_packed or is_old and entry.unfinished == position:
                    writer.write(rest + b"\n")
                    rest = b""
                else:
                    unfinished = position
                    note("%s: the last line has no end; it is collected if the file stays unchanged" % source.path)
            position -= len(rest)
            # Truncated while it was read: the next run finds both halves under their names.
            if not source.is_packed and not first_line(reader, self.end + 5).startswith(source.first):
                writer.undo()
                return False
            new_mark = mark(reader, position, self.end + 5)
        except BaseException:
            writer.undo()
            raise
        writer.finish()
        entry.taken, entry.mark, entry.unfinished = position, new_mark, unfinished
        entry.is_skipping, entry.skipped, entry.skipped_bytes = skipping, skipped, skipped_bytes
        entry.packed = source.tag if source.is_packed and is_read else "-"
        entry.save()
        if problem:
            raise problem
        if entry.size >= SIZE_AT_MOST and entry.is_open():
            compress(entry)
        return not is_read
