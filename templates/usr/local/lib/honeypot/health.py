"""Runs honeypot-status, and tells people through the channels of `notify` when the sensor becomes unhealthy or healthy.

--test: sends a test message through each channel and prints the results.
"""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import channels
import foreign
import task

STATE = task.STATE + "/health.json"
# Has the state while the disk is full.
SPARE = task.ROOT + "/run/honeypot/health.json"
NOTES = task.STATE + "/notify.notes"
# A service that restarts, or an update, must not raise an alarm.
CONFIRM_SECONDS = int(os.environ.get("HONEYPOT_CONFIRM_SECONDS", "60"))
STATUS_SECONDS = 240
MESSAGES_PER_HOUR = 6
RETRY_AT_MOST = 4 * 3600
PROBLEMS_AT_MOST = 20
LOST = {"name": "status", "message": "honeypot-status does not answer", "next": "sudo honeypot-status"}


def main(words):
    """Checks once. Returns the exit code."""
    settings = task.settings()
    known = channels.configured(settings)
    if words == ["--test"]:
        return test(settings, known)
    state = load()
    checks, answer = check()
    if any(name == "first boot" and status == "waiting" for name, status, _ in checks):
        return 0
    problems = problems_of(checks)
    if any(problem["name"] not in state["problems"] for problem in problems):
        time.sleep(CONFIRM_SECONDS)
        before = {problem["name"] for problem in problems}.union(state["problems"])
        checks, answer = check()
        problems = [problem for problem in problems_of(checks) if problem["name"] in before]
    try:
        failures = tell(settings, known, follow(state, problems, known), problems)
        foreign.put_notes(NOTES, ["note: %s: %s" % failure for failure in failures])
    finally:
        if settings.get("METRICS_PORT") and answer is not None:
            import metrics

            metrics.write(answer)
    return 0


def check():
    """Returns (name, status, problem) of each check of honeypot-status, and its answer, which is None without one."""
    command = [task.ROOT + "/usr/local/bin/honeypot-status", "--json"]
    try:
        status = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=STATUS_SECONDS
        )
        answer = json.loads(status.stdout)
        checks = [
            (each["name"], each["status"], {key: foreign.printable(each[key], 300) for key in LOST})
            for each in answer["checks"]
        ]
        return checks, answer
    except (OSError, ValueError, TypeError, KeyError, subprocess.SubprocessError):
        return [(LOST["name"], "bad", LOST)], None


def problems_of(checks):
    return [problem for _, status, problem in checks if status in ("bad", "waiting")][:PROBLEMS_AT_MOST]


def load():
    """Returns what the last run knew."""
    for path in (SPARE, STATE):
        try:
            with open(path, encoding="utf-8") as file:
                state = json.load(file)
            return {"change": int(state["change"]), "since": int(state["since"]), "problems": dict(state["problems"]),
                    "former": dict(state["former"]), "channels": dict(state["channels"])}
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return {"change": 0, "since": 0, "problems": {}, "former": {}, "channels": {}}


def save(state):
    """Saves what the next run must know, so that it does not repeat messages."""
    content = json.dumps(state, sort_keys=True).encode()
    try:
        foreign.put_changed(STATE, content)
        if os.path.exists(SPARE):
            os.unlink(SPARE)
    except OSError:
        os.makedirs(os.path.dirname(SPARE), 0o700, exist_ok=True)
        foreign.put(SPARE, content)


def follow(state, problems, known):
    """Counts a change if a problem is new or the last one has gone. `problems` collects those of one unhealthy time."""
    now = int(time.time())
    healthy = not state["problems"]
    state["channels"] = {
        name: state["channels"].get(name) or {"told": state["change"] - (not healthy), "tries": 0, "next": 0, "sent": []}
        for name in known
        if name != "heartbeat"
    }
    new = {problem["name"]: problem["message"] for problem in problems if problem["name"] not in state["problems"]}
    if new and healthy:
        state.update(since=now)
    if new:
        state.update(change=state["change"] + 1, problems=dict(state["problems"], **new), former={})
    elif not problems and not healthy:
        state.update(change=state["change"] + 1, since=now, problems={}, former=state["problems"])
    return state


def tell(settings, known, state, problems):
    """Sends what is due, and saves the state if it has changed. Returns the failures as (channel, reason)."""
    now = int(time.time())
    failures = []
    message = {"sensor": settings.get("SENSOR_NAME", ""), "since": state["since"], "test": False,
               "healthy": not problems, "problems": problems, "former": state["former"]}
    for name, channel in state["channels"].items():
        if channel["told"] == state["change"]:
            continue
        # A corrected clock must not silence the channel.
        channel["sent"] = [when for when in channel["sent"] if now - 3600 < when <= now]
        if now < channel["next"] <= now + RETRY_AT_MOST:
            failures.append((name, channel["failure"]))
        elif len(channel["sent"]) < MESSAGES_PER_HOUR:
            failure = channels.send(name, settings, message)
            if failure is None:
                channel.update(told=state["change"], tries=0, next=0, sent=channel["sent"] + [now])
                report("sent a message by %s" % name)
            else:
                channel.update(tries=channel["tries"] + 1, failure=failure)
                channel["next"] = now + min(400 * 2 ** min(channel["tries"], 10), RETRY_AT_MOST)
                failures.append((name, failure))
                report("%s failed: %s" % (name, failure))
    save(state)
    if "heartbeat" in known and not problems:
        failure = channels.send("heartbeat", settings, message)
        if failure is not None:
            failures.append(("heartbeat", failure))
    return failures


def test(settings, known):
    if not known:
        print("the settings name no channel: see notify in the settings file")
        return 1
    message = {"sensor": settings.get("SENSOR_NAME", ""), "since": int(time.time()), "test": True,
               "healthy": True, "problems": [], "former": {}}
    failed = False
    for name in known:
        failure = channels.send(name, settings, message)
        failed = failed or failure is not None
        print("%-9s  %s" % (name, "delivered" if failure is None else "failed: " + failure))
    return int(failed)


def report(text):
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
