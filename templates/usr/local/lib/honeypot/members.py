"""Finds what a backup set holds, and lays it out for the archiver. Started by backup-set.sh alone.

`list SET` writes .work/list (a line for each file), and .work/needed (bytes) if some files are new.
`stage SET BYTES` puts the files below .work/tree, copying at most BYTES, and writes .work/list, .work/paths and .work/count.
The archiver then reads nothing that another user can replace or extend meanwhile. Both write .work/left.
"""
import errno
import fnmatch
import os
import pwd
import re
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import foreign
import task

WORK = task.BACKUPS + "/.work"
FILE_AT_MOST = 100 << 20
# For each directory of /home and /srv, so that one user's files leave room for the others.
ENTRIES_AT_MOST = 100000
FOREIGN_AT_MOST = 4 << 30
LOGGED_AT_MOST = 100
SNAPSHOTS = {"home": ["home"], "srv": ["srv"], "crontabs": ["var/spool/cron/crontabs", "etc/cron.d", "etc/network"]}

# Files that can be regenerated, and files in other sets.
SKIPPED_DIRECTORY = re.compile(
    r".*/(\.git|\.cache|__pycache__|node_modules|cowrie-env)"
    r"|srv/(dshield/etc|cowrie\..*|cowrie/var/log|cowrie/var/lib/cowrie/(tty|downloads))",
    re.S,
)
SKIPPED_FILE = re.compile(
    r"(.*/)?dshield\.ini[^/]*|srv/log/(install_[^/]*\.log|webhoneypot_[^/]*)|srv/db/webhoneypot[^/]*"
    r"|etc/network/(?!iptables\.local).*",
    re.S,
)
# Files of programs with passwords, tokens and private keys, and shell histories.
SECRET_DIRECTORY = re.compile(
    r".*/(\.aws|\.azure|\.docker|\.gnupg|\.kube|\.mozilla|\.oci|\.password-store|\.pki|\.step|\.subversion/auth|\.terraform\.d"
    r"|\.thunderbird|\.config/(chromium|containers|doctl|gcloud|gh|glab-cli|google-chrome|hcloud|helm|linode-cli|op|rclone|scw|sops)"
    r"|\.local/share/(containers|keyrings|kwalletd))",
    re.S,
)
SECRET_FILE = re.compile(
    r".*/(id_[^/]*(?<!\.pub)|ssh_host_[^/]*_key|[^/]*\.(jks|kdbx|key|keystore|ovpn|p12|pem|pfx|ppk)|\.[^/]*_history|fish_history|\.lesshst|\.viminfo"
    r"|[._]netrc|\.authinfo|\.boto|\.dockercfg|\.env|\.fetchmailrc|\.git-credentials|\.config/git/credentials|\.htpasswd|\.huggingface/token"
    r"|\.mbsyncrc|\.msmtprc|\.my(login)?\.cnf|\.npmrc|\.yarnrc(\.yml)?|\.offlineimaprc|\.pgpass|\.pypirc|\.s3cfg|\.smbcredentials|\.vault-token"
    r"|\.(cargo|gem)/credentials(\.toml)?|\.composer/auth\.json|\.config/composer/auth\.json|\.config/pip/pip\.conf|\.gradle/gradle\.properties"
    r"|\.m2/settings[^/]*\.xml|\.ssh/(?!(authorized_keys|known_hosts)[^/]*$|config$|[^/]*\.pub$)[^/]*)",
    re.S,
)
LINE_BREAK = re.compile("[\n\r]")
KEY_BEGIN = b"-----BEGIN "
KEY_MARKS = (b"PRIVATE KEY-----", b"AGE-SECRET-KEY-1", b"PuTTY-User-Key-File-")
# Files left out by design need no attention, and findings that an attacker can provoke must not raise an alarm.
QUIET = ("credentials", "contains a key of this sensor")
LOSSES = ("more than", "too many bytes", os.strerror(errno.EIO))


class Set:
    """One backup set: its files, and those left out. With `stage`, it also prepares the files for the archiver."""

    def __init__(self, name, settings, stage, copied_at_most):
        self.name, self.settings, self.stage = name, settings, stage
        self.lines, self.paths, self.bytes_needed, self.left, self.logged = [], [], 0, {}, 0
        self.copied, self.copied_at_most = 0, copied_at_most
        self.literals = own_secrets() if name in SNAPSHOTS else []
        self.trusted = {0}
        try:
            self.trusted.add(pwd.getpwnam(settings.get("ADMIN_USER", "")).pw_uid)
        except KeyError:
            pass

    def leave(self, path, reason):
        count, example = self.left.get(reason, (0, path))
        self.left[reason] = count + 1, example
        if self.stage and self.logged < LOGGED_AT_MOST:
            self.logged += 1
            task.log("backup", "left out: %s: %s" % (reason, foreign.printable(path, 500)))

    def add(self, path, status, bytes_needed, known=()):
        """Lists a file. Returns whether it is to be archived."""
        line = b"%d.%09d %d %s" % (*divmod(status.st_mtime_ns, 10**9), status.st_size, os.fsencode(path))
        self.lines.append(line)
        if line in known:
            return False
        self.paths.append(path)
        # A member also needs space for its header.
        self.bytes_needed += bytes_needed + 1024
        return True

    def closed(self, known):
        """Adds the files of root's own trees. They no longer change, and only root can rename them."""
        for path, status in closed_files(self.name, self.settings):
            if LINE_BREAK.search(path):
                self.leave(path, "line break in its name")
            elif self.add(path, status, status.st_size, known) and self.stage:
                os.symlink(task.ROOT + "/" + path, self.place(path))

    def snapshot(self):
        for base in SNAPSHOTS[self.name]:
            try:
                directory = foreign.open_directory(task.ROOT + "/" + base)
            except (OSError, foreign.Refused):
                continue
            for name in foreign.names(directory, ENTRIES_AT_MOST)[0]:
                self.top(directory, base + "/" + name, name)
            os.close(directory)

    def top(self, directory, path, name):
        """Adds a file or a directory of /home or /srv, which only root can rename."""
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        self.room = FOREIGN_AT_MOST
        if stat.S_ISREG(status.st_mode):
            self.consider(path, directory, name, status)
        if not stat.S_ISDIR(status.st_mode):
            return
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        inside = os.open(name, flags, dir_fd=directory)

        def full(below):
            return path + "/" + below if below else path

        def enter(below, descriptor):
            if SKIPPED_DIRECTORY.fullmatch(full(below)) or exists("pyvenv.cfg", descriptor):
                return False
            if SECRET_DIRECTORY.fullmatch(full(below)):
                self.leave(full(below), "credentials")
                return False
            if os.fstat(descriptor).st_dev != os.fstat(inside).st_dev:
                self.leave(full(below), "on another file system")
                return False
            return True

        def refuse(below, reason):
            self.leave(full(below), reason)

        for below, descriptor, entry, status in foreign.walk(inside, ENTRIES_AT_MOST, refuse, enter):
            if stat.S_ISREG(status.st_mode):
                self.consider(full(below), descriptor, entry, status)
        os.close(inside)

    def consider(self, path, directory, name, status):
        own = self.settings.get("SENSOR_NAME", "") + "_*????-??-??_??-??-??*"
        if SKIPPED_FILE.fullmatch(path) or fnmatch.fnmatchcase(name, own):
            return
        if LINE_BREAK.search(path):
            self.leave(path, "line break in its name")
        elif SECRET_FILE.fullmatch(path):
            self.leave(path, "credentials")
        elif len(os.fsencode(path)) > 1000:
            self.leave(path, "path longer than 1000 bytes")
        else:
            try:
                descriptor, status = foreign.open_file(directory, name)
            except foreign.Refused as refused:
                self.leave(path, str(refused))
                return
            try:
                self.take(path, descriptor, status)
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise
                self.leave(path, error.strerror)
            finally:
                os.close(descriptor)

    def take(self, path, descriptor, status):
        """Adds an open file, unless it is too large or contains a secret. All checks use the open file."""
        is_trusted = status.st_uid in self.trusted and not status.st_mode & 0o022
        if status.st_size > FILE_AT_MOST:
            self.leave(path, "larger than 100 MiB")
        elif not is_trusted and status.st_size > self.room:
            self.leave(path, "too many bytes below /%s" % "/".join(path.split("/")[:2]))
        else:
            # Also of a file that is left out in the end: reading it takes as long.
            if not is_trusted:
                self.room -= status.st_size
            reason = secret_in(descriptor, self.literals)
            if reason:
                self.leave(path, reason)
                return
            if self.stage:
                self.lay(path, descriptor, status, is_trusted)
            self.add(path, status, min(status.st_size, status.st_blocks * 512))

    def place(self, path):
        target = self.stage + "/" + path
        os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
        return target

    def notes(self):
        for reason, (count, example) in sorted(self.left.items()):
            if reason not in QUIET:
                more = " and %d more" % (count - 1) if count > 1 else ""
                mark = "bad" if reason.startswith(LOSSES) else "note"
                text = "the backup set %s leaves out %s%s: %s" % (self.name, foreign.printable(example), more, reason)
                yield "%s: %s\n" % (mark, text)

    def lay(self, path, descriptor, status, is_trusted):
        """Links a file that no visitor can extend, and copies any other."""
        target = self.place(path)
        if is_trusted and link(descriptor, target):
            return
        self.copied += min(status.st_size, status.st_blocks * 512)
        if self.copied > self.copied_at_most:
            sys.exit("not enough space to copy files that other users can change")
        copy(descriptor, target, status)


def link(descriptor, target):
    """Renames an open file. Returns whether that worked, which it does not across file systems."""
    try:
        # Given a dir_fd (which an absolute path ignores), Python follows this link to the open file itself.
        os.link("/proc/self/fd/%d" % descriptor, target, dst_dir_fd=descriptor)
        return True
    except OSError:
        return False


def closed_files(name, settings):
    """Yields (path, status). A capture that is read-only has its last name (retention.py).

    The days of the firewall log are the collected ones, not /var/log/dshield.log.N.gz: there the same lines have
    another name each day.
    """
    if name == "dumps":
        folders = [task.DUMPS]
    else:
        kinds = sorted(kind for kind in os.listdir(task.LOGS) if not kind.startswith("."))
        if name == "dshield_logs":
            kinds = ["firewall"]
        elif "dshield_logs" in settings.get("BACKUP_SETS", "").split():
            kinds.remove("firewall")
        folders = [task.LOGS + "/" + kind for kind in kinds if os.path.isdir(task.LOGS + "/" + kind)]
    for top in folders:
        for folder, _, files, directory in os.fwalk(top):
            for file in files:
                status = os.stat(file, dir_fd=directory, follow_symlinks=False)
                if not stat.S_ISREG(status.st_mode) or file.startswith("."):
                    continue
                if name == "dumps":
                    is_closed = ".pcap" in file and not status.st_mode & 0o222
                else:
                    is_closed = file.endswith(".gz") or folder != top
                if is_closed:
                    yield (folder + "/" + file)[len(task.ROOT) + 1 :], status


def own_secrets():
    """Returns DShield's API key, which is also in cowrie's settings, and every other one-line key."""
    found = set()
    for folder in ("/srv/dshield/etc", "/etc"):
        for line in lines_of(folder, "dshield.ini"):
            key = re.match(rb"""\s*apikey\s*=\s*["']?([A-Za-z0-9=+/]{8,})""", line)
            if key:
                found.add(key[1])
    folder = "/etc/honeypot/secrets"
    for name in os.listdir(task.ROOT + folder) if os.path.isdir(task.ROOT + folder) else ():
        lines = lines_of(folder, name)
        if len(lines) == 1 and len(lines[0].strip()) >= 16:
            found.add(lines[0].strip())
    return sorted(found)


def lines_of(folder, name):
    try:
        directory = foreign.open_directory(task.ROOT + folder)
        try:
            descriptor, _ = foreign.open_file(directory, name)
        finally:
            os.close(directory)
    except (OSError, foreign.Refused):
        return []
    with open(descriptor, "rb") as file:
        return file.read(1 << 20).splitlines()


def secret_in(descriptor, literals):
    """Returns the kind of secret in an open file, or None. Reads at most the maximum size of a file."""
    before, left = b"", FILE_AT_MOST
    while left > 0:
        chunk = os.read(descriptor, min(1 << 20, left))
        if not chunk:
            return None
        left -= len(chunk)
        text = before + chunk
        if any(literal in text for literal in literals):
            return "contains a key of this sensor"
        for mark in KEY_MARKS:
            if mark in text and (mark != KEY_MARKS[0] or begins_key(text)):
                return "contains a private key"
        before = text[-256:]
    return None


def begins_key(text):
    """Returns whether a line begins a private key. Looks at each byte once: a regular expression would take hours for a hostile line."""
    begin = text.find(KEY_BEGIN)
    while begin >= 0:
        end = text.find(b"\n", begin)
        end = len(text) if end < 0 else end
        if text.find(KEY_MARKS[0], begin, end) >= 0:
            return True
        begin = text.find(KEY_BEGIN, end)
    return False


def copy(source, path, status):
    """Copies the bytes that a file had when it was opened, with its holes, owner, mode and time."""
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        at, size = 0, status.st_size
        while at < size:
            try:
                at = os.lseek(source, at, os.SEEK_DATA)
                end = min(os.lseek(source, at, os.SEEK_HOLE), size)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    break
                raise
            os.lseek(target, at, os.SEEK_SET)
            while at < end:
                sent = os.sendfile(target, source, at, end - at)
                # The file was truncated meanwhile.
                at = at + sent if sent else size
        os.ftruncate(target, size)
        os.fchown(target, status.st_uid, status.st_gid)
        os.fchmod(target, status.st_mode & 0o777)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    finally:
        os.close(target)


def seven_zip_line(path):
    """Returns a line of a list file for 7-Zip, which reads a byte that is not UTF-8 as a character from U+EF80 on."""
    wide = []
    for character in path:
        code = ord(character)
        if 0xDC80 <= code <= 0xDCFF:
            wide.append(chr(code - 0xDC00 + 0xEF00))
        elif 0xEF80 <= code <= 0xEFFF:
            wide.extend(chr(0xEF00 + byte) for byte in character.encode())
        else:
            wide.append(character)
    return '"%s"\n' % "".join(wide)


def exists(name, directory):
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
        return True
    except OSError:
        return False


def write(name, content):
    with open(WORK + "/" + name, "wb") as file:
        file.write(content)


def main():
    action, name = sys.argv[1:3]
    settings = task.settings()
    known = set()
    if os.path.exists(task.STATE + "/archived/" + name):
        with open(task.STATE + "/archived/" + name, "rb") as file:
            known.update(file.read().split(b"\n"))
    stage = None
    if action == "stage":
        stage = WORK + "/tree"
        os.mkdir(stage, 0o700)
    found = Set(name, settings, stage, int(sys.argv[3]) if stage else 0)
    try:
        if name in SNAPSHOTS:
            found.snapshot()
        elif name in ("dumps", "logs", "dshield_logs"):
            found.closed(known)
        else:
            sys.exit("there is no backup set '%s'" % foreign.printable(name))
    except OSError as error:
        sys.exit(foreign.printable("%s: %s" % (error.strerror, error.filename or name)))
    write("list", b"".join(line + b"\n" for line in sorted(found.lines)))
    write("count", b"%d\n" % len(found.paths))
    write("left", "".join(found.notes()).encode())
    if stage and settings.get("BACKUP_FORMAT") == "tar.zst":
        write("paths", b"".join(os.fsencode(path) + b"\0" for path in found.paths))
    elif stage:
        # The only encoding of a list file that can represent each name.
        write("paths", ("\ufeff" + "".join(map(seven_zip_line, found.paths))).encode("utf-16-le"))
    elif not known.issuperset(found.lines):
        write("needed", b"%d\n" % found.bytes_needed)


if __name__ == "__main__":
    main()
