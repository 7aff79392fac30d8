"""Copies an analysis tool's report out of the tool's folder. The tool reads hostile logs, so its output is untrusted.

Prints the tool's summary on the first line, then one line for each file that it leaves out.
"""
import grp
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import foreign

FILES_AT_MOST = 1000
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


def words_of(folder):
    try:
        descriptor, _ = foreign.open_file(foreign.open_directory(folder), "said")
        return foreign.printable(os.read(descriptor, 300), 300)
    except (foreign.Refused, OSError) as error:
        return "its summary is unreadable: %s" % error


def copy(directory, name, target, left):
    descriptor, status = foreign.open_file(directory, name)
    if status.st_size > left:
        raise foreign.Refused("too large")
    with os.fdopen(descriptor, "rb") as file, open(target, "xb") as made:
        os.fchown(made.fileno(), -1, grp.getgrnam("adm").gr_gid)
        os.fchmod(made.fileno(), 0o640)
        rest = status.st_size
        while rest:
            chunk = file.read(min(rest, 1 << 20))
            if not chunk:
                break
            made.write(chunk)
            rest -= len(chunk)
    return status.st_size


def refuse(path, reason):
    print("%s: %s" % (foreign.printable("report/" + path), reason))


def main():
    folder, target, megabytes = sys.argv[1:]
    print(words_of(folder))
    left = int(megabytes) << 20
    try:
        report = foreign.open_directory(folder + "/report")
    except (foreign.Refused, OSError) as error:
        refuse("", error)
        return
    for path, directory, name, _ in foreign.walk(report, FILES_AT_MOST, refuse):
        try:
            if not NAME.fullmatch(name):
                raise foreign.Refused("not a valid file name")
            left -= copy(directory, name, os.path.join(target, name), left)
        except FileExistsError:
            refuse(path, "another file has the same name")
        except foreign.Refused as refused:
            refuse(path, refused)


main()
