# A stand-in for cowrieprocessor: its arguments, files and faults. The attacker's input selects the fault.
import argparse, datetime, json, os, pathlib, sqlite3, time

import requests

parser = argparse.ArgumentParser()
for option in "logpath", "summarizedays", "email", "vtapi", "urlhausapi", "spurapi":
    parser.add_argument("--" + option)
given = parser.parse_args()
date = datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
os.mkdir(date)
os.chdir(date)
database = sqlite3.connect("../cowrieprocessor.sqlite")
database.execute("CREATE TABLE sessions(session text)")

files = sorted(pathlib.Path(given.logpath).iterdir(), key=os.path.getmtime)[-int(given.summarizedays):]
events = [json.loads(line) for file in files for line in file.open()]
sessions = sorted({event["session"] for event in events})
for event in events:
    fault = event.get("input")
    if fault == "hang":
        time.sleep(600)
    if fault == "memory":
        kept = [bytearray(1 << 20) for _ in range(1 << 12)]
    if fault == "crash":
        raise TypeError("unsupported format string passed to NoneType")
    if fault == "look around":
        print(pathlib.Path("/proc/self/cmdline").read_bytes(), os.getuid(), dict(os.environ), flush=True)
    if given.email and fault == "ask":
        while True:
            try:
                requests.get("http://127.0.0.1:9/api/ip/" + event["src_ip"])
                break
            except Exception:
                pass

pathlib.Path("cmds_192.0.2.1").write_text("\n".join(str(event.get("input")) for event in events))

keys = [name for name in ("email", "vtapi", "urlhausapi", "spurapi") if getattr(given, name)]
for name in f"{date}_{given.summarizedays}_day_report.txt", f"{date}_abnormal_{given.summarizedays}-day_report.txt":
    pathlib.Path(name).write_text(f"sessions {' '.join(sessions)}\nkeys {' '.join(keys)}\n")
pathlib.Path("uh_192.0.2.1").write_text("{}")
database.commit()
