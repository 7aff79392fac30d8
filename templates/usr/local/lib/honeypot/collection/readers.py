"""Reads logs that other users write, plain or compressed, at any position. Trusts no size that they claim."""
import hashlib
import io
import os
import time
import zlib

CHUNK = 1 << 20
FIRST_LINE_AT_MOST = 1 << 20
MARKED = 1024


class Damaged(Exception):
    """A file that cannot be decompressed. The message has the reason."""


class Late(Exception):
    """The time limit of a file is exceeded."""


class Plain:
    def __init__(self, descriptor):
        self.descriptor = descriptor

    def read(self, position, count, deadline):
        return os.pread(self.descriptor, count, position)

    def length(self, deadline):
        return os.fstat(self.descriptor).st_size

    def after_hole(self, position):
        """Returns the position of the next data, so that a hole of terabytes takes no time."""
        # Before the search, because what is appended after it is not in the hole.
        length = self.length(0)
        try:
            return os.lseek(self.descriptor, position, os.SEEK_DATA)
        except OSError:
            return max(position, length)


class Packed:
    def __init__(self, descriptor, ending):
        self.descriptor = descriptor
        self.ending = ending
        self.file = None
        self.position = 0
        self.tail = b""

    def read(self, position, count, deadline):
        self.deadline = deadline
        if not self.file or self.position > position:
            self._rewind()
        while self.position < position and self._next(min(CHUNK, position - self.position)):
            if time.monotonic() > deadline:
                raise Late()
        return self._next(count) if self.position == position else b""

    def length(self, deadline):
        self.deadline = deadline
        if not self.file:
            self._rewind()
        while self._next(CHUNK):
            if time.monotonic() > deadline:
                raise Late()
        return self.position

    def after_hole(self, position):
        return position

    def _next(self, count):
        import lzma
        try:
            data = self.file.read(count)
        except (OSError, EOFError, ValueError, MemoryError, zlib.error, lzma.LZMAError) as error:
            raise Damaged(str(error) or type(error).__name__) from None
        except Late:
            self.file = None
            raise
        self.position += len(data)
        self.tail = (self.tail + data)[-MARKED:]
        return data

    def _rewind(self):
        import bz2
        import gzip
        import lzma
        raw = io.BufferedReader(_Compressed(self))
        self.file = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}[self.ending](raw)
        self.position = 0
        self.tail = b""


class _Compressed(io.RawIOBase):
    """The bytes of a compressed file, in time: a decompressor may want gigabytes of them before it returns one."""

    def __init__(self, packed):
        self.packed = packed
        self.position = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        if time.monotonic() > self.packed.deadline:
            raise Late()
        count = os.preadv(self.packed.descriptor, [buffer], self.position)
        self.position += count
        return count


def first_line(reader, deadline):
    """Returns the first line with its newline, or as much of it as is there and as it takes to know a file.

    Zeros before it are left out: a program that does not notice that its log was truncated leaves them.
    """
    line = b""
    position = 0
    while True:
        if not line:
            position = reader.after_hole(position)
        data = reader.read(position, 1 << 16, deadline)
        position += len(data)
        line = line + data if line else data.lstrip(b"\0")
        if b"\n" in line[-len(data):] or not data:
            return line[: (line.find(b"\n") + 1) or len(line)][:FIRST_LINE_AT_MOST]
        if len(line) >= FIRST_LINE_AT_MOST:
            return line[:FIRST_LINE_AT_MOST]
        if time.monotonic() > deadline:
            raise Late()


def mark(reader, position, deadline):
    """Returns a digest of the bytes before a position, which distinguishes files with the same first line."""
    count = min(MARKED, position)
    if isinstance(reader, Packed) and reader.position == position:
        data = reader.tail
    else:
        data = reader.read(position - count, count, deadline)
    return hashlib.sha256(data).hexdigest()[:16] if len(data) == count else "none"
