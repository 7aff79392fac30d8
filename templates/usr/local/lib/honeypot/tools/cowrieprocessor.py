# Runs cowrieprocessor on the day given on standard input. Its keys come from files, because any user can read command lines.
import json, os, runpy, shutil, sys
from pathlib import Path

import requests

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lines

work = Path.cwd()
for folder in "logs", "report":
    (work / folder).mkdir()

# Upstream's program stops at the first unreadable line. It gets re-encoded events, so that both parsers agree.
sessions, left_out = set(), 0
with open("logs/cowrie.json", "wb") as staged:
    for line in lines.read(sys.stdin.buffer):
        try:
            event = lines.event_of(line)
            if event["eventid"] == "cowrie.session.connect":
                event["protocol"]
            if not isinstance(event["session"], str):
                raise TypeError
            written = json.dumps(event, ensure_ascii=False).encode()
            sessions.add(event["session"])
            staged.write(written + b"\n")
        except (KeyError, TypeError, ValueError):
            left_out += bool(line.strip())

# It repeats a query forever if it does not accept the reply.
send, last, asked = requests.Session.send, None, 0


def send_with_patience(session, request, **options):
    global last, asked
    asked = asked + 1 if (request.url, request.body) == last else 1
    last = (request.url, request.body)
    if asked > 6:
        print(request.url.split("/")[2], "sent no usable reply", file=sys.stderr, flush=True)
        os._exit(75)
    return send(session, request, **{**options, "timeout": options.get("timeout") or 30})


requests.Session.send = send_with_patience
sys.argv = ["process_cowrie.py", "--logpath", str(work / "logs"), "--summarizedays", "1"]
missing = []
email = os.environ.get("TOOLS_EMAIL")
if email:
    sys.argv += ["--email", email]
else:
    missing.append("dshield")
for name, option in ("virustotal", "--vtapi"), ("urlhaus", "--urlhausapi"), ("spur", "--spurapi"):
    key = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/dev/null"), name)
    if key.is_file():
        sys.argv += [option, key.read_text().strip()]
    else:
        missing.append(name)

runpy.run_path(os.environ["PROGRAM"] + "/process_cowrie.py", run_name="__main__")
os.chdir(work)
for made in [*work.glob("*/*_report.txt"), work / "cowrieprocessor.sqlite"]:
    shutil.move(made, "report")
said = f"{len(sessions)} sessions"
if left_out:
    said += f", {left_out} lines skipped"
if missing:
    said += f", not queried: {' '.join(missing)}"
Path("said").write_text(said)
