# Runs CountryLookup.py of JSON-Log-Country over the visits that come on standard input. In place of its shell scripts, which
# hold a day in memory and lose it for one line, each line is read by itself.
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
            # The zone of an IPv6 address may hold any character.
            address = ipaddress.ip_address(str(lines.event_of(line)["sip"]).partition("%")[0])
            addresses.write(f'"{address}"\n')
            visits += 1
        except (KeyError, TypeError, ValueError):
            left_out += bool(line.strip())


class Reader(geoip2.database.Reader):
    def __init__(self, path):
        super().__init__(os.environ["DATABASE"])

    # Upstream's program ends at the first address that is in no country.
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
    # The library of the chart wants a home; a user of systemd's making has none.
    os.environ.update(HOME=os.getcwd(), MPLBACKEND="Agg")
    # What it asks for.
    sys.stdin = io.StringIO("ips.csv\n")
    runpy.run_path(os.environ["PROGRAM"] + "/CountryLookup.py", run_name="__main__")
    for made in "countryPieChart.png", "country_DataFrame.xlsx":
        shutil.move(made, "report")
said = f"{visits} visits, {unknown} of no known country"
if left_out:
    said += f", {left_out} lines left out"
Path("said").write_text(said)
