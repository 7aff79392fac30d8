"""Opens files in trees that other users can write to, without following their symlinks or blocking on their FIFOs.

Run with a path, it prints the beginning of that file.
"""
import errno
import os
import stat
import sys

PRINTED_AT_MOST = 1 << 16
LINKS_AT_MOST = 40
DEPTH_AT_MOST = 64


class Refused(Exception):
    """A path that does not lead to the requested kind of file. The message has the reason."""


def open_directory(path):
    """Returns a descriptor of the directory at an absolute path. Follows a symlink only where only root can place one."""
    pending = _components(path)
    links = 0
    current = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        while pending:
            name = pending.pop(0)
            try:
                following = _enter(current, name)
            except NotADirectoryError:
                links += 1
                if links > LINKS_AT_MOST or not _belongs_to_root(current):
                    raise Refused("a symlink or file takes the place of a directory") from None
                try:
                    target = os.readlink(name, dir_fd=current)
                except OSError:
                    raise Refused("a file takes the place of a directory") from None
                pending = _components(target) + pending
                if not target.startswith("/"):
                    continue
                following = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            os.close(current)
            current = following
    except BaseException:
        os.close(current)
        raise
    return current


def open_file(directory, name):
    """Returns a descriptor of a regular file in an open directory, and its stat. Raises Refused for anything else."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=directory)
    except OSError as error:
        raise Refused("a symlink" if error.errno == errno.ELOOP else error.strerror) from None
    status = os.fstat(descriptor)
    reason = None
    if not stat.S_ISREG(status.st_mode):
        reason = "not a regular file"
    # If the kernel does not protect hard links, a user can create one to any file on the same disk.
    elif status.st_nlink > 1 and not _has_one_writer(directory, status.st_uid):
        reason = "a hard link to a file of another user"
    if reason:
        os.close(descriptor)
        raise Refused(reason)
    return descriptor, status


def names(directory, at_most):
    """Returns the names in an open directory, sorted, and whether there are more than `at_most`."""
    found = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if len(found) == at_most:
                return sorted(found), True
            found.append(entry.name)
    return sorted(found), False


def walk(directory, at_most, refuse, enter=lambda path, descriptor: True):
    """Yields (path, descriptor of its directory, name, status) for everything below an open directory except directories.

    The path is relative. `enter(path, descriptor)` decides whether to enter a directory. `refuse(path, reason)` is called
    for skipped files: unreadable ones, those too deep, and once for all after the first `at_most` entries.
    A descriptor is open until the next entry is asked for.
    """
    left = at_most
    pending = [("", os.dup(directory), None)]
    try:
        while pending:
            path, descriptor, rest = pending.pop()
            if rest is None:
                if not enter(path, descriptor):
                    os.close(descriptor)
                    continue
                rest, more = names(descriptor, left) if left >= 0 else ([], False)
                left -= len(rest)
                rest.reverse()
                if more:
                    left = -1
                    refuse(path, "more than %d entries" % at_most)
            while rest:
                name = rest.pop()
                below = path + "/" + name if path else name
                try:
                    status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                    if not stat.S_ISDIR(status.st_mode):
                        yield below, descriptor, name, status
                        continue
                    if len(pending) >= DEPTH_AT_MOST:
                        refuse(below, "more than %d directories deep" % DEPTH_AT_MOST)
                        continue
                    inside = _enter(descriptor, name)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    refuse(below, error.strerror)
                    continue
                pending.append((path, descriptor, rest))
                pending.append((below, inside, None))
                break
            else:
                os.close(descriptor)
    finally:
        for _, descriptor, _ in pending:
            os.close(descriptor)


def last_line(descriptor, at_most=4096):
    """Returns the last line of an open file, or at most its last `at_most` bytes, without its newline."""
    size = os.fstat(descriptor).st_size
    end = os.pread(descriptor, at_most, max(0, size - at_most))
    return end.rstrip(b"\n").rpartition(b"\n")[2]


def printable(text, at_most=200):
    """Returns foreign text (str or bytes) as printable ASCII, with everything else escaped, cut at `at_most`."""
    if isinstance(text, str):
        text = os.fsencode(text)
    shown = "".join(chr(byte) if 32 <= byte < 127 else "\\x%02x" % byte for byte in text[:at_most])
    return shown if len(shown) <= at_most and len(text) <= at_most else shown[: at_most - 3] + "..."


def put(path, content, mode=0o600):
    """Atomically replaces the file at a path in a tree of root with `content` (bytes), even if the power fails."""
    folder, name = os.path.split(path)
    new = os.path.join(folder, "." + name + ".new")
    with open(new, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    os.fsync(descriptor)
    os.close(descriptor)


def put_changed(path, content, mode=0o600):
    """Like `put`, but writes nothing if the file already has this content."""
    try:
        with open(path, "rb") as file:
            if file.read() == content:
                return
    except FileNotFoundError:
        pass
    put(path, content, mode)


def put_notes(path, notes, at_most=50):
    """Writes a task's findings, one per line, for honeypot-status. Removes the file if there is none."""
    if not notes:
        if os.path.lexists(path):
            os.unlink(path)
        return
    lines = [printable(note, 300) for note in notes[:at_most]]
    if len(notes) > at_most:
        lines.append("and %d more" % (len(notes) - at_most))
    put_changed(path, "".join(line + "\n" for line in lines).encode(), 0o644)


def _components(path):
    return [name for name in path.split("/") if name not in ("", ".")]


def _enter(directory, name):
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)


def _has_one_writer(directory, user):
    status = os.fstat(directory)
    return status.st_uid == user and not status.st_mode & 0o022


def _belongs_to_root(directory):
    return _has_one_writer(directory, 0)


def main():
    folder, name = os.path.split(sys.argv[1])
    try:
        descriptor, _ = open_file(open_directory(folder), name)
    except (OSError, Refused) as error:
        sys.exit("%s: %s" % (printable(sys.argv[1]), error))
    sys.stdout.buffer.write(os.pread(descriptor, PRINTED_AT_MOST, 0))


if __name__ == "__main__":
    main()
