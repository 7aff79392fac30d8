"""Writes the results of honeypot-status for the node exporter, into memory."""
import os
import re
import time

import foreign
import task

FOLDER = task.ROOT + "/run/honeypot-metrics"
_NAME = re.compile(r"[a-z_]{1,40}")
_LABEL = re.compile(r"[^A-Za-z0-9 ._-]")


def write(report):
    """Writes honeypot.prom from a report of honeypot-status --json."""
    os.makedirs(FOLDER, exist_ok=True)
    os.chmod(FOLDER, 0o755)
    foreign.put(FOLDER + "/honeypot.prom", text(report, int(time.time())).encode("ascii"), 0o644)


def text(report, now):
    """Returns the report as text of Prometheus. Labels have only plain characters, whatever a check's name has."""
    healthy, ended = {}, {}
    for check in report["checks"]:
        name = _LABEL.sub("_", str(check["name"]))[:60]
        healthy[name] = healthy.get(name, True) and check["status"] not in ("bad", "waiting")
        if isinstance(check.get("age"), int):
            ended[name] = now - check["age"]
    facts = report.get("facts", {})
    words = [(key, _LABEL.sub("_", value)[:60]) for key, value in facts.items() if isinstance(value, str)]
    info = ",".join('%s="%s"' % pair for pair in words if _NAME.fullmatch(pair[0]))
    lines = _gauge("info", "Version and settings of the sensor", [("{%s}" % info, 1)])
    lines += _gauge("healthy", "Whether every check passes", [("", all(healthy.values()))])
    lines += _gauge("checked_timestamp_seconds", "Time of these measurements", [("", now)])
    lines += _gauge("check", "Whether a check passes", _by_check(healthy))
    lines += _gauge("check_result_timestamp_seconds", "Time of the result that a check reports", _by_check(ended))
    for key, value in sorted(facts.items()):
        if _NAME.fullmatch(key) and isinstance(value, int):
            lines += _gauge(key, "A fact of honeypot-status", [("", value)])
    return "\n".join(lines) + "\n"


def _gauge(name, about, samples):
    head = ["# HELP honeypot_%s %s." % (name, about), "# TYPE honeypot_%s gauge" % name]
    return head + ["honeypot_%s%s %d" % (name, labels, value) for labels, value in samples]


def _by_check(values):
    return [('{check="%s"}' % name, value) for name, value in sorted(values.items())]
