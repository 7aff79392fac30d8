"""Simulates a sensor's traffic, logs and jobs, and runs links.py every ten minutes of that time.

usage: HONEYPOT_ROOT=... sensor-days.py FROM TO FAULT...
BEGIN is the time at which the sensor was new, NOON a time at which it is noon there. Prints, as JSON, when each broken
link was found first, and `observable`: when the fourth connection was missing in the part behind the link, with none there
for five minutes. `gone` has the links that a later run did not report any more.
"""
import json
import os
import random
import struct
import sys
import time

ROOT = os.environ["HONEYPOT_ROOT"]
sys.path.insert(0, ROOT + "/usr/local/lib/honeypot")
import links

# The disk of this machine is not the one that is simulated.
os.fsync = lambda descriptor: None

FROM, TO = int(sys.argv[1]), int(sys.argv[2])
FAULTS = set(sys.argv[3:])
BEGIN, NOON = int(os.environ["BEGIN"]), int(os.environ["NOON"])
STATE = ROOT + "/var/lib/honeypot/state"
OURS = bytes([192, 0, 2, 10])
STEP, HOUR, DAY = 600, 3600, 86400
SERVICES = {22: "cowrie", 23: "cowrie", 80: "web"}
LOGS = {
    "cowrie": lambda now: "/srv/cowrie/var/log/cowrie/cowrie.json",
    "web": lambda now: time.strftime("/srv/log/webhoneypot_%Y-%m-%d.json", time.gmtime(now)),
    "firewall": lambda now: "/var/log/dshield.log",
}
LEDGERS = {"cowrie": "cowrie-1", "web": "webhoneypot-1", "firewall": "dshield-1"}


def write(path, text, now, mode="w"):
    os.makedirs(os.path.dirname(ROOT + path), exist_ok=True)
    with open(ROOT + path, mode) as file:
        file.write(text)
    os.utime(ROOT + path, (now, now))


class Capture:
    def __init__(self, now):
        self.path = "%s/var/lib/honeypot/dumps/attic-pi_%d.pcap" % (ROOT, now)
        self.records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]

    def packet(self, now, source, destination, flags, data=0):
        if "filter" in FAULTS:
            return
        protocol = 17 if "interface" in FAULTS else 6
        tcp = struct.pack(">HHIIBBHHH", source[1], destination[1], 0, 0, 5 << 4, flags, 0, 0, 0)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + data, 0, 0, 64, protocol, 0) + source[0] + destination[0]
        frame = bytes(12) + b"\x08\x00" + ip + tcp + bytes(data)
        self.records.append(struct.pack("<IIII", int(now), 0, len(frame), len(frame)) + frame)

    def flush(self, now):
        with open(self.path, "ab") as file:
            file.write(b"".join(self.records))
        os.utime(self.path, (now, now))
        self.records = []


def per_hour(now):
    hour = ((now - NOON) / HOUR + 12) % 24
    usual = 60 if 7 <= hour < 23 else 4
    return usual / 2 if "quiet" in FAULTS else usual


def visits(chance, now):
    """Yields (time, port, whether the visitor completes the connection) for the next step."""
    for _ in range(STEP):
        now += 1
        if chance.random() < per_hour(now) / HOUR:
            yield now, chance.choice([22, 22, 22, 23, 80, 80, chance.randrange(1024, 60000)]), chance.random() < 0.7
        if "flood" in FAULTS:
            for _ in range(30):
                yield now, chance.choice([22, 80, chance.randrange(1024, 60000)]), chance.random() < 0.02


def passed_on(link, now, works):
    """Keeps account of the connections that a link does not pass on."""
    if works:
        missing[link] = []
        passed[link] = now
    else:
        missing.setdefault(link, []).append(now)
        if len(missing[link]) == 4:
            observable[link] = max(now, passed.get(link, FROM) + 300)


missing, passed, observable = {}, {}, {}


def visit(capture, chance, now, port, completes):
    visitor = (bytes(chance.randrange(1, 250) for _ in range(4)), chance.randrange(1024, 65535))
    capture.packet(now, visitor, (OURS, port), 2)
    if chance.random() < 0.3:
        # Answers of servers whose packets someone sent in our name.
        capture.packet(now, (visitor[0], 80), (OURS, visitor[1]), 18, 10)
    # In a flood, the kernel and rsyslog leave out lines.
    is_logged = not FAULTS & {"firewall log", "nat"}
    passed_on("firewall", now, is_logged)
    if is_logged and ("flood" not in FAULTS or chance.random() < 0.01):
        write(LOGS["firewall"](now), "line\n", now, "a")
    name = SERVICES.get(port)
    if name is None:
        return
    accepts = not FAULTS & {"nat", "hanging"}
    passed_on("answers", now, accepts)
    if not accepts:
        return
    capture.packet(now, (OURS, port), visitor, 18)
    if completes:
        capture.packet(now, visitor, (OURS, port), 16)
        capture.packet(now, (OURS, port), visitor, 24, 20)
        passed_on(name, now, name + " log" not in FAULTS)
        if name + " log" not in FAULTS:
            write(LOGS[name](now), "line\n", now, "a")


def collect(now):
    for name in LOGS:
        if "collection of " + name not in FAULTS:
            write("/var/lib/honeypot/state/collected/" + LEDGERS[name], "entry\n", now)
    write("/var/lib/honeypot/state/collect.last", "%d ok done\n" % now, now)


def nightly(now):
    """A finished day, an archive with it, its transfer."""
    date = time.strftime("%Y-%m-%d_%H-%M-%S", time.gmtime(now))
    day = "/var/log/honeypot/cowrie/cowrie_%s.json.gz" % date[:10]
    archive = "attic-pi_logs_%s.zip" % date
    write(day, "day", now - 2 * HOUR)
    if "archives" not in FAULTS:
        write("/var/lib/honeypot/state/archived/logs", "%d.000000000 3 %s\n" % (now - 2 * HOUR, day[1:]), now, "a")
        write("/var/backups/honeypot/%s.sha256" % archive, "sum", now)
    if "transfers" not in FAULTS:
        write("/var/lib/honeypot/state/transferred", archive + "\n", now, "a")


def report(now):
    if "reports" in FAULTS:
        return
    last = os.stat(ROOT + "/var/log/dshield.log").st_mtime
    write("/var/tmp/dshield/lastfwlog", str(int(last)), now)
    if "replies" not in FAULTS:
        write("/var/log/honeypot/localdshield.log", "# copy\n", now, "a")


def main():
    boot = int(links.text_of(ROOT + "/booted") or FROM)
    seen, gone = {}, set()
    capture = Capture(FROM)
    for now in range(FROM, TO, STEP):
        chance = random.Random(now - BEGIN)
        since = now - BEGIN
        if now > FROM and since % DAY in (0, 16 * HOUR):
            if "uplink" not in FAULTS:
                capture.flush(now)
            capture = Capture(now)
            if since % DAY:
                # The daily reboot.
                boot = now
                if os.path.exists(links.RUN):
                    os.unlink(links.RUN)
            elif os.path.exists(ROOT + "/var/log/dshield.log"):
                os.replace(ROOT + "/var/log/dshield.log", ROOT + "/var/log/dshield.log.1")
                write("/var/log/dshield.log", "", now)
        if "uplink" not in FAULTS:
            for when, port, completes in visits(chance, now):
                visit(capture, chance, when, port, completes)
        if "interface" in FAULTS:
            capture.packet(now, (bytes(4), 67), (b"\xff" * 4, 68), 0)
        now += STEP
        capture.flush(now)
        if since % HOUR == 0 and "collection" not in FAULTS:
            collect(now)
        if since % DAY == 14 * HOUR:
            nightly(now)
        if since % 1800 == 0 and os.path.exists(ROOT + "/var/log/dshield.log"):
            report(now)
        check = links.Check(now + 5, now + 5 - boot)
        check.run()
        assert not check.failures, check.failures
        for name in check.found:
            seen.setdefault(name, now + 5)
        gone.update(set(seen).difference(check.found))
    write("/booted", str(boot), TO)
    print(json.dumps({"found": seen, "gone": sorted(gone), "observable": observable}))


main()
