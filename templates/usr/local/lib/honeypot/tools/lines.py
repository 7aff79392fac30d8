"""Reads the lines of a log that attackers write, for the analysis tools."""
import json

BYTES_AT_MOST = 1 << 18
DEPTH_AT_MOST = 20


def read(file):
    """Yields the lines of a binary file. Cuts lines at BYTES_AT_MOST and skips the rest, so that they are no longer JSON."""
    while True:
        line = file.readline(BYTES_AT_MOST)
        if not line:
            return
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(BYTES_AT_MOST)
        yield line


def event_of(line):
    """Returns the JSON object in a line. Raises ValueError for anything else, and for too deep nesting."""
    try:
        event = json.loads(line.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(event, dict) or not _is_flat(event, DEPTH_AT_MOST):
        raise ValueError("not an event")
    return event


def _is_flat(value, depth):
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return True
    return depth > 0 and all(_is_flat(one, depth - 1) for one in value)
