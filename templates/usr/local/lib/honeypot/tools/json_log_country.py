# Runs CountryLookup.py of JSON-Log-Country on the visits given on standard input. It reads line by line, because upstream's
# shell scripts keep a day in memory and lose it if one line is broken.
import io, ipaddress, os, runpy, shutil, sys
from pathlib import Path
from types import SimpleNamespace

import geoip2.database, geoip2.errors

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lines

Path("report").mkdir()
visits = left_out = unknown = 0
with open("ips.csv", "w") as addresses:
    for line in lines.read(sys.stdin.buffer):
        try:
            # The zone of an IPv6 address may contain any character.
            address = ipaddress.ip_address(str(lines.event_of(line)["sip"]).partition("%")[0])
            addresses.write(f'"{address}"\n')
            visits += 1
        except (KeyError, TypeError, ValueError):
            left_out += bool(line.strip())


class Reader(geoip2.database.Reader):
    def __init__(self, path):
        super().__init__(os.environ["DATABASE"])

    # Upstream's program stops at the first address without a country.
    def country(self, address):
        global unknown
        try:
            found = super().country(address)
            if found.country.name:
                return found
        except (geoip2.errors.AddressNotFoundError, ValueError):
            pass
        unknown += 1
        return SimpleNamespace(country=SimpleNamespace(name="Unknown"))


geoip2.database.Reader = Reader
if visits:
    # The chart library needs a home folder, which a temporary user does not have.
    os.environ.update(HOME=os.getcwd(), MPLBACKEND="Agg")
    # The answer to its prompt.
    sys.stdin = io.StringIO("ips.csv\n")
    runpy.run_path(os.environ["PROGRAM"] + "/CountryLookup.py", run_name="__main__")
    for made in "countryPieChart.png", "country_DataFrame.xlsx":
        shutil.move(made, "report")
said = f"{visits} visits, {unknown} without a known country"
if left_out:
    said += f", {left_out} lines skipped"
Path("said").write_text(said)
