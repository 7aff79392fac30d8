"""An attacker who owns some folders of a sensor: for some seconds it swaps, truncates and plants whatever might lead root astray.

Arguments: SEED SECONDS SECRET, the folder with root's files that have the names of these logs, then its own folders.
"""
import gzip
import os
import random
import shutil
import socket
import sys
import time

chance = random.Random(int(sys.argv[1]))
end = time.monotonic() + float(sys.argv[2])
secret = os.fsencode(sys.argv[3])
folders = [os.fsencode(folder) for folder in sys.argv[4:]]
HASHES = [b"%064x" % count for count in range(4)]
LOGS = [b"cowrie.json", b"cowrie.json.2026-01-02", b"cowrie.json.1", b"cowrie.json.2.gz", b"webhoneypot_2026-01-02.json", b"dshield.ini"]
NAMES = LOGS + HASHES
ODD = [
    b"line\nbreak", b"cowrie.json.1\ncowrie.json", b"\x1b[2J\x1b]0;title\x07", b"$(touch pwned)", b"`touch pwned`", b"; touch pwned",
    b"| touch pwned", b"-rf", b"--checkpoint-action=exec=touch pwned", b"*", b" ", b"\xff\xfe", b"a" * 255, b"BASH_VERSINFO[$(touch pwned)]",
]
BOMB = gzip.compress(b"bomb\n" + b"x" * (64 << 20), 1)


def away(path):
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        pass


def write(path, data):
    # It must not wait at its own FIFOs.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK
    with open(path, "wb", opener=lambda name, _: os.open(name, flags, 0o644)) as file:
        file.write(data)


def hole(path, text):
    write(path, text)
    os.truncate(path, 8 << 40)


def swap(folder):
    """The folder is a link to root's files, some of the time."""
    for _ in range(chance.randrange(1, 200)):
        os.rename(folder, folder + b".away")
        os.symlink(secret, folder)
        time.sleep(chance.random() / 1000)
        os.unlink(folder)
        os.rename(folder + b".away", folder)
        time.sleep(chance.random() / 1000)


def flip(path):
    """The file is a link to root's, some of the time."""
    for _ in range(chance.randrange(1, 200)):
        os.symlink(secret + b"/" + os.path.basename(path), path + b".link")
        os.rename(path + b".link", path)
        time.sleep(chance.random() / 1000)
        write(path + b".file", b"a line\n")
        os.rename(path + b".file", path)
        time.sleep(chance.random() / 1000)


def listen(path):
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(os.path.dirname(path))
        server.bind(os.path.basename(path))


DEEDS = [
    lambda path: write(path, b"a line %d\n" % chance.randrange(1 << 30) * chance.randrange(1, 1000)),
    lambda path: os.truncate(path, chance.randrange(1000)),
    lambda path: hole(path, b""),
    lambda path: hole(path, b"a line\n"),
    lambda path: hole(path, b"begin"),
    lambda path: write(path, b"no end" * chance.randrange(1 << 20)),
    lambda path: write(path, BOMB),
    lambda path: write(path, BOMB[: chance.randrange(len(BOMB))]),
    lambda path: (away(path), os.mkfifo(path)),
    lambda path: (away(path), os.mkdir(path)),
    lambda path: (away(path), listen(path)),
    lambda path: (away(path), os.symlink(secret + b"/" + os.path.basename(path), path)),
    lambda path: (away(path), os.symlink(b"/dev/zero", path)),
    lambda path: (away(path), os.link(secret + b"/" + os.path.basename(path), path)),
    lambda path: write(os.path.dirname(path) + b"/" + chance.choice(ODD), b"$(touch pwned)\n"),
    lambda path: os.mkdir(os.path.dirname(path) + b"/" + chance.choice(ODD)),
    lambda path: swap(os.path.dirname(path)),
    flip,
    away,
]

while time.monotonic() < end:
    try:
        chance.choice(DEEDS)(chance.choice(folders) + b"/" + chance.choice(NAMES))
    except (OSError, ValueError):
        pass
    time.sleep(chance.random() / 100)
# What it leaves: each folder is there, with some of the worst in it.
for folder in folders:
    if not os.path.isdir(folder):
        away(folder)
        os.rename(folder + b".away", folder)
    for path in (folder + b"/" + name for name in NAMES[:4]):
        away(path)
    os.mkfifo(folder + b"/cowrie.json.1")
    os.symlink(secret + b"/cowrie.json", folder + b"/cowrie.json.2.gz")
    hole(folder + b"/cowrie.json", b"a line\n")
