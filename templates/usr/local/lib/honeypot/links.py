"""Finds the link of the chain that is broken: traffic, logs, collected logs, archives, transfers, reports. See links.sh.

Writes `SINCE LINK` for each broken link to state/links.found; status/links.sh has the sentences. No byte of a visitor
gets there. Limits come from this sensor's own last days, or from its timetable.
"""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import foreign
import task
import traffic
from collection.sources import find_sources

RUN = task.ROOT + "/run/honeypot/links.json"
FOUND = task.STATE + "/links.found"
# The largest gap of each link in each hour, or 0 without a gap. A link without a sign of life has no entry.
HISTORY = task.STATE + "/links.history"
UNIT = task.ROOT + "/sys/fs/cgroup/system.slice/honeypot-capture.service/cgroup.procs"
# Seconds that a program has to write the line of a connection, and that a gap must last to be one.
SETTLE = 60
GAP = 300
# Seconds by which a backup or a transfer may be late.
LATE = 7200
# Between two collections or reports.
HOUR = 3600
HOURS_KEPT = 14 * 24
# Hours after which a link is known.
ENOUGH = 48
MANY = 1 << 20
SERVICES = {"2222": "cowrie", "2223": "cowrie", "8000": "web", "8443": "web"}
# The stem of the day files behind each log.
STEMS = {"cowrie": "cowrie/cowrie", "web": "webhoneypot/webhoneypot", "firewall": "firewall/dshield"}
DAY_FILES = {"logs": ("cowrie", "webhoneypot"), "dshield_logs": ("firewall",)}


class Check:
    """One run. `state` lasts until the next boot: it is written in each run, and therefore not to the disk."""

    def __init__(self, now, uptime):
        self.now, self.uptime = now, uptime
        self.settings = task.settings()
        self.before = dict(line.split()[::-1] for line in text_of(FOUND).splitlines())
        self.found = {}
        self.failures = []
        # A reboot repairs no link.
        begin = min([now, *(int(self.before[name]) for name in ("traffic", "capture") if name in self.before)])
        hour = now // HOUR
        self.state = {"offset": now - uptime, "begin": begin, "position": None, "visit": None, "until": now}
        self.state.update({"links": {}, "pending": {}, "refused": [], "hour": [hour, {}]})
        saved = saved_in(RUN, {})
        # After a jump of the clock, times from before it say nothing.
        if abs(saved.get("offset", 0) - self.state["offset"]) < SETTLE:
            self.state.update(saved)
        self.hours = [each for each in saved_in(HISTORY, []) if hour - HOURS_KEPT < each[0] < hour]

    def run(self):
        for part in (self.keep, self.logs, self.traffic, self.collected, self.archived, self.sent, self.reported):
            try:
                part()
            except Exception as error:
                task.log("links", "%s: %s" % (part.__name__, foreign.printable(repr(error))))
                self.failures.append("%s: %s" % (part.__name__, type(error).__name__))
        foreign.put(RUN, json.dumps(self.state).encode())
        content = "".join("%d %s\n" % (since, name) for name, since in sorted(self.found.items()))
        foreign.put_changed(FOUND, content.encode(), 0o644)
        result = "; ".join(self.failures)
        if result != task.last("links")[2]:
            task.record("links", "failed" if result else "ok", result)

    def wait(self, name, since, seconds):
        """Reports a link where something should have happened by now.

        After a change of settings it gets its time again; after a boot some, unless it was reported before.
        """
        is_ready = self.uptime > min(seconds, LATE) or name in self.before
        if is_ready and self.now - max(since, time_of(task.ROOT + "/etc/default/honeypot")) > seconds:
            self.found[name] = min(self.found.get(name, since), since)

    def keep(self):
        """Writes the hour to the disk when it is over."""
        if self.state["hour"][0] != self.now // HOUR:
            self.hours.append(self.state["hour"])
            self.state["hour"] = [self.now // HOUR, {}]
            foreign.put(HISTORY, json.dumps(self.hours).encode(), 0o644)

    def observe(self, name, gap):
        hour = self.state["hour"][1]
        hour[name] = max(hour.get(name, 0), int(gap))

    def usual(self, name, around=12):
        """Returns the gaps of a link in the hours at about this time of day."""
        hours = [*self.hours, self.state["hour"]]
        return [gaps[name] for hour, gaps in hours if name in gaps and (self.now // HOUR - hour + around) % 24 <= 2 * around]

    # Traffic and logs.

    def logs(self):
        """Finds when each log got its last line."""
        self.changed = {}
        today = [time.strftime("%Y-%m-%d", zone(self.now)) for zone in (time.localtime, time.gmtime)]
        for name, stem in STEMS.items():
            for source in find_sources(task.ROOT, stem, today):
                # Rotation leaves an empty file, and compression a new one.
                if os.fstat(source.descriptor).st_size and not source.is_packed:
                    self.changed[name] = max(self.changed.get(name, 0), min(source.changed, self.now))
                os.close(source.descriptor)
            if name in self.changed:
                self.sign(name, self.changed[name])

    def link(self, name):
        """Returns the time of a link's last sign of life, and the connections since then that should have caused one."""
        if name not in self.state["links"]:
            since = int(self.before.get(name, 0))
            self.state["links"][name] = [since, MANY] if since else [self.changed.get(name, self.state["begin"]), 0]
        return self.state["links"][name]

    def sign(self, name, when):
        since, count = self.link(name)
        if when > since:
            # A gap that was reported is not what is usual here.
            self.observe(name, count if when - since > GAP and name not in self.before else 0)
            self.state["links"][name] = [when, 0]

    def count(self, name, when):
        link = self.link(name)
        link[1] += when > link[0]

    def traffic(self):
        state, process = self.state, text_of(UNIT).split()
        if not process:
            state["begin"], state["visit"] = self.now, None
            return
        self.lost(int(process[0]))
        captures = traffic.Captures(task.DUMPS, state["position"])
        self.read(captures)
        state["position"] = captures.position
        if captures.is_complete:
            state["until"] = self.now - SETTLE
        for name in ("answers", *STEMS):
            since, count = self.link(name)
            # A log that never had a line has no history.
            known = self.usual(name if name in ("answers", *self.changed) else "silence")
            if len(known) >= ENOUGH and count > 2 * max(self.usual(name), default=0) + 3 and state["until"] - since > GAP:
                self.found[name] = since
        if captures.is_complete and len(self.usual("silence")) >= ENOUGH:
            self.silence(state["visit"] or state["begin"])

    def read(self, captures):
        state, ports, admin = self.state, service_ports(), int(self.settings["ADMIN_SSH_PORT"])
        packets = captures.packets(self.now - SETTLE)
        for when, kind, port in traffic.visits(packets, traffic.local_addresses(task.ROOT)):
            if when < state["begin"]:
                continue
            state["until"] = when
            if kind == "visit" and port != admin:
                if state["visit"] and not {"traffic", "capture"} & set(self.before):
                    self.observe("silence", when - state["visit"])
                state["visit"] = when
                if ports:
                    self.count("firewall", when)
                if port in ports:
                    self.count("answers", when)
            elif port in ports and kind == "accept":
                self.sign("answers", when)
            elif port in ports and kind == "answer":
                self.count(ports[port], when)

    def silence(self, visit):
        """A silence of the whole sensor has its cause outside; one of the capture alone does not."""
        # Nights are quieter than days.
        limit = 3 * max(self.usual("silence", 3), default=0) + 900
        newest = max([self.state["begin"], visit, *self.changed.values()])
        self.wait("traffic", newest, limit)
        if newest - visit > limit:
            self.found["capture"] = visit

    def lost(self, process):
        """Reports for a day that more than one packet of a hundred was lost."""
        try:
            packets, lost = traffic.loss(process)
        except OSError:
            # It has ended, or the kernel refuses.
            packets, lost = 0, 0
        since = int(self.before.get("lost", 0))
        if lost * 100 > packets and self.now - since > HOUR:
            since = self.now
        if self.now - since < 24 * HOUR:
            self.found["lost"] = since

    # Files and their destinations.

    def collected(self):
        """Each collection takes all lines; the ledger entry of a log changes with them."""
        ran, _, _ = task.last("collect")
        folder = task.STATE + "/collected"
        entries = os.listdir(folder) if os.path.isdir(folder) else []
        for name, changed in self.changed.items():
            prefix = os.path.basename(STEMS[name]) + "-"
            taken = max([time_of(folder + "/" + entry) for entry in entries if entry.startswith(prefix)], default=0)
            link = "collected-" + name
            before = int(self.before.get(link, 0))
            since, last, runs = self.state["pending"].pop(name, (before, ran, 2 if before else 0))
            if taken >= since:
                if taken >= changed:
                    continue
                since, last, runs = changed, max(ran, changed), 0
            if ran > last:
                last, runs = ran, runs + 1
            self.state["pending"][name] = since, last, runs
            self.wait(link, ran, 2 * HOUR + 180)
            if runs > 1 or link in self.found:
                self.found[link] = since

    def archived(self):
        """A finished day belongs into the next archive, and then into the ledger of its set."""
        sets = self.settings.get("BACKUP_SETS", "").split()
        limit = int(self.settings["BACKUP_INTERVAL_SECONDS"]) + LATE
        for name, folders in DAY_FILES.items():
            name = name if name in sets else "logs"
            if name not in sets:
                continue
            ledger = set(text_of("%s/archived/%s" % (task.STATE, name)).split("\n"))
            for folder in folders:
                for path, status in files_in("%s/%s" % (task.LOGS, folder), ".gz"):
                    path = path[len(task.ROOT) + 1 :]
                    line = "%d.%09d %d %s" % (*divmod(status.st_mtime_ns, 10**9), status.st_size, path)
                    if line not in ledger:
                        self.wait("archived", status.st_mtime, limit)

    def sent(self):
        """transfer.sh lists an archive as transferred once the server has confirmed its size and checksum."""
        if not self.settings.get("TRANSFER_HOST"):
            return
        limit = int(self.settings["TRANSFER_INTERVAL_SECONDS"]) + LATE
        sent = set(text_of(task.STATE + "/transferred").split("\n"))
        # With another server, everything is sent again.
        begin = time_of(task.STATE + "/transferred.to")
        for path, status in files_in(task.BACKUPS, ".sha256"):
            if os.path.basename(path)[:-7] not in sent:
                self.wait("sent", max(begin, status.st_mtime), limit)

    def reported(self):
        """fwlogparser.py writes the time of the last line before it sends it; DShield.py keeps a copy only once it is accepted."""
        done = time_of(task.STATE + "/first-boot.done")
        ran, line = done, 0
        try:
            directory = foreign.open_directory(task.ROOT + "/var/tmp/dshield")
            descriptor, status = foreign.open_file(directory, "lastfwlog")
            content = os.pread(descriptor, 100, 0)
            os.close(descriptor)
            os.close(directory)
            ran, line = max(ran, status.st_mtime), int(re.match(rb"[0-9]{0,10}", content)[0] or 0)
        except (OSError, foreign.Refused):
            pass
        if self.changed.get("firewall", 0) > ran:
            self.wait("unreported", ran, 2 * HOUR)
        copy = task.LOGS + "/localdshield.log"
        accepted = max(done, time_of(copy), time_of(copy + ".1"))
        if line <= accepted:
            self.state["refused"] = []
        elif line not in self.state["refused"]:
            self.state["refused"] = [*self.state["refused"][:1], line]
        if len(self.state["refused"]) > 1 or "refused" in self.before and line > accepted:
            self.found["refused"] = accepted


def service_ports():
    """Returns the service behind each port, by DShield's rules; nothing without DShield."""
    rules = text_of(task.ROOT + "/etc/network/iptables")
    redirects = re.findall(r"--dport ([0-9]{1,5}) -j REDIRECT --to-ports ([0-9]{1,5})", rules)
    return {int(port): SERVICES[to] for port, to in redirects if to in SERVICES}


def files_in(folder, ending):
    """Yields (path, status) of the files with that ending, except those that are deleted or renamed meanwhile."""
    for entry in os.scandir(folder) if os.path.isdir(folder) else ():
        if entry.name.endswith(ending):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield entry.path, status


def text_of(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def saved_in(path, default):
    try:
        return json.loads(text_of(path))
    except ValueError:
        return default


def time_of(path):
    """Returns the time of a file that has any content, or is a stamp; otherwise 0."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return 0
    return status.st_mtime if status.st_size or path.endswith(".done") else 0


def main():
    if not os.path.exists(task.STATE + "/first-boot.done") or task.hold("links") is None:
        return
    Check(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)).run()


if __name__ == "__main__":
    main()
