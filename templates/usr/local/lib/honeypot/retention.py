"""Seals finished captures, deletes by age, then by disk use, and as a last resort pauses the capture. See retention.sh."""
import fcntl
import os
import re
import signal
import stat
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import clock
import foreign
import task

UNIT = "honeypot-capture.service"
PAUSED = task.STATE + "/capture.paused"
NOTES = task.STATE + "/retention.notes"
ARCHIVE = re.compile(r"[A-Za-z0-9.-]+_[a-z_]+_[0-9-]{10}_[0-9-]{8}\.(zip|7z|tar\.zst\.age)")
EVENT = re.compile(r"(?:bad|note): ([0-9-]{10}): deleted ([a-z ]+): ([0-9]+) \(at [0-9]+% disk use; the last: .*\)")
DAY = 86400
# Maximum seconds for deleting in one run, because a backup waits for it. The next run deletes the rest.
DELETING_AT_MOST = 20
SECONDS_AT_MOST = 300
EVENTS_KEPT_DAYS = 7
BACKUP_AT_MOST = 6 * 3600


class Run:
    """One run: its deletions, its failures and its findings for honeypot-status."""

    def __init__(self, settings):
        self.settings = settings
        self.deleted = ""
        self.failures = []
        self.findings = []
        self.events = []
        self._doubt = None
        self.deadline = time.monotonic() + DELETING_AT_MOST

    def number(self, name):
        """Returns a numeric setting, or None after reporting that it is not a number."""
        value = self.settings.get(name, "")
        if re.fullmatch("[0-9]{1,9}", value):
            return int(value)
        self.fail("/etc/default/honeypot has no usable " + name)
        return None

    def fail(self, message):
        if message not in self.failures:
            task.log("retention", message)
            self.failures.append(message)

    def is_clock_trusted(self):
        if self._doubt is None:
            self._doubt = clock.doubt(task.ROOT) or ""
            if self._doubt:
                self.findings.append("bad: nothing is deleted by age: " + self._doubt)
        return not self._doubt

    def delete(self, file, why):
        """Deletes a file and its checksum. Returns whether that worked."""
        try:
            for name in (file.name, file.name + ".sha256"):
                try:
                    os.unlink(name, dir_fd=file.directory)
                except FileNotFoundError:
                    pass
        except OSError as error:
            self.fail("cannot delete %s: %s" % (file.shown(), error.strerror))
            return False
        file.is_gone = True
        self.deleted = "deleted %s: %s" % (file.shown(), why)
        task.log("retention", self.deleted)
        return True

    def is_late(self):
        return time.monotonic() > self.deadline

    def by_age(self, days, files):
        for file in files:
            if file.is_older(days) and self.is_clock_trusted() and not self.is_late():
                self.delete(file, "older than %d days" % days)

    def by_disk_use(self, limit, path, files, mark, what, why):
        """Deletes the oldest files until the disk is below the limit. Deletes, then measures, with one sync per round."""
        count, latest, pending = 0, None, sorted(files, key=lambda file: file.time)
        pending = [file for file in pending if not file.is_gone]
        while pending and excess(path, limit) > 0 and not self.is_late():
            needed = excess(path, limit)
            while pending and needed > 0:
                file = pending.pop(0)
                if self.delete(file, "%s at %d%% disk use" % (why, limit)):
                    count, latest = count + 1, file
                    needed -= file.size
            call("sync", "--file-system", "--", path)
        if count:
            self.events.append((mark, what, count, latest.shown(), limit))


class File:
    """A file in an open directory in which only root can rename files."""

    def __init__(self, directory, folder, name, status):
        self.directory, self.folder, self.name, self.is_gone = directory, folder, name, False
        self.time, self.mode, self.size = status.st_mtime, status.st_mode, status.st_blocks * 512
        self.line = "%d.%09d %d %%s" % (*divmod(status.st_mtime_ns, 10**9), status.st_size)

    def is_older(self, days):
        return days is not None and self.time < time.time() - days * DAY

    def shown(self):
        return "'%s'" % foreign.printable(self.folder + "/" + self.name, 400)


def files_of(folder, directory):
    """Yields the regular files in an open directory."""
    for name in os.listdir(directory):
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield File(directory, folder, name, status)


def seal(run, directory):
    """Makes root the owner of each finished capture, renames it (`x.pcap2` to `x_2.pcap`), and makes it read-only.

    What is read-only is closed and keeps its name: the backup and the deletion rely on that.
    """
    for file in list(files_of(task.DUMPS, directory)):
        if ".pcap" not in file.name or not file.mode & 0o222:
            continue
        try:
            descriptor, status = foreign.open_file(directory, file.name)
        except foreign.Refused as refused:
            run.findings.append("note: %s is not sealed: %s" % (file.shown(), refused))
            continue
        try:
            if is_written(descriptor):
                continue
            os.fchown(descriptor, 0, -1)
            # The directory is sticky, so from now on only root can reuse this name.
            if not os.path.samestat(status, os.stat(file.name, dir_fd=directory, follow_symlinks=False)):
                continue
            parts = re.fullmatch(r"(.*)\.pcap([0-9]+)", file.name, re.S)
            if parts and not exists("%s_%s.pcap" % parts.groups(), directory):
                os.rename(file.name, "%s_%s.pcap" % parts.groups(), src_dir_fd=directory, dst_dir_fd=directory)
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~0o222)
        except OSError as error:
            run.fail("cannot seal %s: %s" % (file.shown(), error.strerror))
        finally:
            os.close(descriptor)


def is_written(descriptor):
    """Returns whether any process has the file open for writing: the kernel refuses a lease on such a file."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def exists(name, directory):
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
        return True
    except FileNotFoundError:
        return False


def lines_of(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return set(file.read().split("\n"))
    except FileNotFoundError:
        return set()


def but_newest(archives):
    """Returns all archives except the newest of each set. Uses the names, because a copy has a new time."""
    newest = {}
    for archive in sorted(archives, key=lambda file: file.name):
        newest[archive.name.rsplit("_", 2)[0]] = archive
    return [archive for archive in archives if archive not in newest.values()]


def excess(path, limit):
    """Returns how many bytes to free until the file system of a path is less than `limit` percent full, as df counts."""
    disk = os.statvfs(path)
    used = disk.f_blocks - disk.f_bfree
    return (used - (used + disk.f_bavail) * (limit - 1) / 100) * disk.f_frsize


def call(*words):
    # Imported here, because most runs need no other process.
    import subprocess

    return subprocess.run(words, stdin=subprocess.DEVNULL, timeout=120, check=False).returncode


def pause_or_resume(limit):
    """Pauses the capture, the only part that keeps growing. Repeats it each minute, because a reboot would restart it."""
    if excess(task.DUMPS, limit) > 0:
        why = "paused: disk is full, nothing more may be deleted"
        call("systemctl", "stop", UNIT)
        if not os.path.exists(PAUSED):
            task.log("retention", "capture " + why)
            task.record("capture", "failed", why)
            with open(PAUSED, "w", encoding="ascii"):
                pass
    elif os.path.exists(PAUSED):
        call("systemctl", "start", "--no-block", UNIT)
        task.log("retention", "capture resumed")
        os.unlink(PAUSED)


def is_backup_running(run):
    """Takes the backup's lock until this run ends, so that no backup starts. Returns whether a backup is running."""
    since = task.ROOT + "/run/honeypot/retention.busy"
    if task.hold("backup") is not None:
        if os.path.exists(since):
            os.unlink(since)
        return False
    with open(since, "a", encoding="ascii"):
        started = os.stat(since).st_mtime
    run.findings.append(
        "%s: a backup has been running since %s: no capture and no collected log is deleted meanwhile"
        % (
            "bad" if time.time() - started > BACKUP_AT_MOST else "note",
            time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(started)),
        )
    )
    return True


def clean(run, dumps, backups):
    """Seals, then deletes: first by age, then by disk use, beginning with the least valuable files."""
    limit, capture_days = run.number("DISK_MAX_USED_PERCENT"), run.number("CAPTURE_KEEP_DAYS")
    log_days, archive_days = run.number("LOGS_KEEP_DAYS"), run.number("BACKUP_KEEP_DAYS")
    is_busy = is_backup_running(run)
    seal(run, dumps)
    archives = but_newest([file for file in files_of(task.BACKUPS, backups) if ARCHIVE.fullmatch(file.name)])
    transferred = lines_of(task.STATE + "/transferred")
    sent = [file for file in archives if file.name in transferred]
    waiting = [file for file in archives if file.name not in transferred]
    # A running backup may be reading captures and collected logs, but not archives.
    captures = [] if is_busy else [file for file in files_of(task.DUMPS, dumps) if ".pcap" in file.name and not file.mode & 0o222]
    archived, only = captures, []
    if "dumps" in run.settings.get("BACKUP_SETS", "").split():
        held = lines_of(task.STATE + "/archived/dumps")
        only = [file for file in captures if file.line % ("var/lib/honeypot/dumps/" + file.name) not in held]
        archived = [file for file in captures if file not in only]
    run.by_age(capture_days, archived)
    if not is_busy:
        # Reports have their own number of days (analyse.sh), and the files beside these folders are our own logs.
        for kind in os.listdir(task.LOGS):
            if kind == "reports" or kind.startswith(".") or not os.path.isdir(task.LOGS + "/" + kind):
                continue
            for folder, _, _, directory in os.fwalk(task.LOGS + "/" + kind):
                run.by_age(log_days, files_of(folder, directory))
    # Archives stay until they are transferred, except as a last resort.
    run.by_age(archive_days, sent if run.settings.get("TRANSFER_HOST") else archives)
    late = sum(file.is_older(capture_days) for file in only)
    if late:
        text = "bad: captures older than %d days that are kept because they are in no archive: %d"
        run.findings.append(text % (capture_days, late))
    if limit is None:
        return
    if not is_busy and os.path.exists(task.BACKUPS + "/.work/tree"):
        # A killed backup left it. Its links keep deleted files on the disk.
        call("rm", "--recursive", "--force", "--", task.BACKUPS + "/.work/tree")
    run.by_disk_use(limit, task.DUMPS, archived, "note", "captures", "oldest capture")
    run.by_disk_use(limit, task.BACKUPS, sent, "note", "transferred archives", "oldest transferred archive")
    run.by_disk_use(limit, task.DUMPS, only, "bad", "captures in no archive", "oldest capture, in no archive,")
    if not is_busy:
        run.by_disk_use(
            limit, task.BACKUPS, waiting, "bad", "archives that were not transferred", "oldest archive, not transferred,"
        )
    pause_or_resume(limit)


def keep_result(run):
    """Records the result if it differs from the last one, and regularly that all is well: see clock.py."""
    result, message = "ok", run.deleted or "nothing was due"
    if run.failures:
        result, message = "failed", "; ".join(run.failures)
    when, last_result, last_message = task.last("retention")
    is_news = run.deleted or (result, message) != (last_result, last_message)
    if last_result == result == "ok" and not run.deleted:
        is_news = False
    if is_news or not 0 <= time.time() - when < clock.SEEN_EVERY:
        task.record("retention", result, message)
    foreign.put_notes(NOTES, run.findings + events(run))


def events(run):
    """Returns a line for each kind of file that was deleted by disk use on each of the last days, with its count."""
    first, last = (time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * DAY)) for days in (-EVENTS_KEPT_DAYS, 1))
    sums = {}
    for line in sorted(lines_of(NOTES)):
        known = EVENT.fullmatch(line)
        if known and first <= known[1] <= last:
            sums[known[1], known[2]] = int(known[3]), line
    day = time.strftime("%Y-%m-%d", time.gmtime())
    for mark, what, count, latest, limit in run.events:
        count += sums.get((day, what), (0,))[0]
        line = "%s: %s: deleted %s: %d (at %d%% disk use; the last: %s)" % (mark, day, what, count, limit, latest)
        sums[day, what] = count, line
    return sorted(line for _, line in sums.values())


def stop(number, _):
    """Records that a signal ended this run; otherwise the last run's result would stay."""
    why = "did not end within %d s" % SECONDS_AT_MOST if number == signal.SIGALRM else "stopped by a signal"
    task.record("retention", "failed", why)
    os._exit(128 + number)


def main():
    # The kernel sends this if another process opens a file on which is_written has a lease.
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, stop)
    signal.alarm(SECONDS_AT_MOST)
    if not os.path.isdir(task.DUMPS):
        return
    lock = task.hold("retention")
    if lock is None:
        task.log("retention", "another retention is running")
        task.record("retention", "failed", "another retention is running")
        sys.exit(75)
    try:
        clock.observe(task.ROOT)
        run = Run(task.settings())
        clean(run, foreign.open_directory(task.DUMPS), foreign.open_directory(task.BACKUPS))
        keep_result(run)
    except Exception as error:
        task.record("retention", "failed", foreign.printable("%s: %s" % (type(error).__name__, error)))
        raise
    sys.exit(1 if run.failures else 0)


if __name__ == "__main__":
    main()
