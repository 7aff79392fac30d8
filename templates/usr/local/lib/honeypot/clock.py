"""Decides whether files may be deleted by age: only if the clock is synchronised and has not just jumped."""
import os
import subprocess
import sys
import time

# Seconds. A sensor that was off for longer than STEP looks the same as a jump of the clock.
STEP = 86400
SETTLED = 86400
SEEN_EVERY = 6 * 3600


def observe(root):
    """Compares the clock with its last known time, and records a jump. Writes to the disk only after a jump."""
    baseline = root + "/run/honeypot/clock"
    now = time.time()
    offset = now - time.clock_gettime(time.CLOCK_BOOTTIME)
    before = _number(baseline)
    if before is None:
        # The first check after a boot: retention.py rewrites its result at least every SEEN_EVERY seconds.
        seen = _number(root + "/var/lib/honeypot/state/retention.last")
        moved = 0 if seen is None else now - seen
        jumped = not -STEP < moved < STEP + SEEN_EVERY
    else:
        moved = offset - before
        jumped = abs(moved) > STEP
    if jumped:
        _write(_jump(root), "%d %d\n" % (now, now - moved))
    elif os.path.exists(_jump(root)):
        since = _number(_jump(root))
        if since is None or now - since >= SETTLED:
            os.unlink(_jump(root))
    if before is None or jumped:
        _write(baseline, "%f\n" % offset)


def doubt(root):
    """Returns why the clock cannot be trusted, or None."""
    try:
        with open(_jump(root), encoding="ascii") as file:
            since, expected = (float(word) for word in file.read().split())
        return (
            "the clock moved from %s to %s at once (a jump, or the sensor was off); it is trusted after %s, "
            "or after: sudo rm /var/lib/honeypot/state/clock.jumped"
            % (_date(expected), _date(since), _date(since + SETTLED))
        )
    except (OSError, ValueError):
        pass
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        answer = b""
    return None if answer == b"yes\n" else "the clock is not synchronised with a time server"


def _jump(root):
    return root + "/var/lib/honeypot/state/clock.jumped"


def _number(path):
    try:
        with open(path, encoding="ascii") as file:
            return float(file.read(100).split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _write(path, text):
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    new = path + ".new"
    with open(new, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def _date(seconds):
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def main():
    root = os.environ.get("HONEYPOT_ROOT", "")
    observe(root)
    reason = doubt(root)
    if reason:
        print(reason)
        sys.exit(1)


if __name__ == "__main__":
    main()
