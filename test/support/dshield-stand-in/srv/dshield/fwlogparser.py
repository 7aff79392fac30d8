#!/usr/bin/env python3
"""A stand-in for the submission of the firewall log: keeps the time when it ran."""
import os
import time

os.makedirs("/var/tmp/dshield", exist_ok=True)
with open("/var/tmp/dshield/lastfwlog", "w", encoding="utf-8") as mark:
    mark.write(str(int(time.time())))
