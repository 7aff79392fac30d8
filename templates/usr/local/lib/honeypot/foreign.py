"""Opens files in trees that other users can write to. Follows none of their symlinks and blocks on none of their FIFOs."""
import os
import stat

LINKS_AT_MOST = 40


class Refused(Exception):
    """A path that does not lead to what was asked for. The message says why."""


def open_directory(path):
    """Returns a descriptor of the directory at an absolute path. Follows a symlink only where root alone can place one."""
    pending = _components(path)
    links = 0
    current = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    while pending:
        name = pending.pop(0)
        try:
            following = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=current)
        except NotADirectoryError:
            links += 1
            if links > LINKS_AT_MOST or not _belongs_to_root(current):
                os.close(current)
                raise Refused("a symlink or file takes the place of a directory") from None
            try:
                target = os.readlink(name, dir_fd=current)
            except OSError:
                os.close(current)
                raise Refused("a file takes the place of a directory") from None
            pending = _components(target) + pending
            if target.startswith("/"):
                os.close(current)
                current = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            continue
        except OSError:
            os.close(current)
            raise
        os.close(current)
        current = following
    return current


def open_file(directory, name):
    """Returns a descriptor of a regular file in an open directory, and its stat. Raises Refused for anything else."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=directory)
    except OSError as error:
        raise Refused(error.strerror) from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise Refused("not a regular file")
    return descriptor, status


def _components(path):
    return [name for name in path.split("/") if name not in ("", ".")]


def _belongs_to_root(directory):
    status = os.fstat(directory)
    return status.st_uid == 0 and not status.st_mode & 0o022
