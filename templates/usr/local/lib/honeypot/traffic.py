"""Reads the headers of newly captured packets: visitors' connections, and the sensor's answers to them. Counts lost packets.

Visitors choose every byte of them: each length is checked, and one run reads a limited number of packets and bytes.
"""
import ctypes
import os
import socket
import struct

import foreign

PACKETS_AT_MOST = 100000
BYTES_AT_MOST = 64 << 20
FILES_AT_MOST = 100000
CHUNK = 1 << 20
# tcpdump's largest packet, and how much of one is needed.
CAPTURED_AT_MOST = 1 << 18
NEEDED = 128
# Connections without an answer so far, so that a flood does not fill the memory.
OPEN_AT_MOST = 4096
# Position of the protocol, and length of the header, by link type. Raw IP packets have neither.
LINKS = {1: (12, 14), 12: (None, 0), 101: (None, 0), 113: (14, 16), 276: (0, 20)}
MAGIC = struct.pack("=I", 0xA1B2C3D4)
RECORD = struct.Struct("=IIII")
SYN, ACK = 2, 16
PIDFD_GETFD = 438
SOL_PACKET, PACKET_STATISTICS = 263, 6
DESCRIPTORS_AT_MOST = 64


def local_addresses(root):
    """Returns the IPv4 addresses of this sensor, as the kernel lists them."""
    found, address = set(), ""
    with open(root + "/proc/net/fib_trie", encoding="ascii") as file:
        for line in file:
            if "|-- " in line:
                address = line.split()[-1]
            elif "/32 host LOCAL" in line:
                found.add(socket.inet_aton(address))
    return found


def visits(packets, addresses):
    """Yields (time, kind, port of the sensor) for each packet.

    `visit`: a new connection from outside. `accept`: the sensor accepts it. `answer`: a service sends its first data.
    `packet`: anything else.
    """
    pending = {}
    for seconds, link, data in packets:
        kind, port = "packet", 0
        found = _tcp(link, data)
        if found:
            source, source_port, destination, destination_port, flags, has_data = found
            if destination in addresses and flags & (SYN | ACK) == SYN and source not in addresses:
                key = source, source_port, destination_port
                if key not in pending:
                    if len(pending) >= OPEN_AT_MOST:
                        del pending[next(iter(pending))]
                    pending[key] = True
                    kind, port = "visit", destination_port
            elif source in addresses and (destination, destination_port, source_port) in pending:
                if flags & SYN:
                    kind, port = "accept", source_port
                elif has_data:
                    del pending[destination, destination_port, source_port]
                    kind, port = "answer", source_port
        yield seconds, kind, port


def _tcp(link, data):
    """Returns the addresses, ports and flags of a TCP packet over IPv4, and whether it has data; otherwise None."""
    place, start = LINKS.get(link, (None, None))
    if start is None:
        return None
    if place is not None:
        if data[place : place + 2] != b"\x08\x00":
            return None
    ip = data[start:]
    if len(ip) < 40 or ip[0] >> 4 != 4 or ip[9] != 6 or ip[6] & 0x1F or ip[7]:
        return None
    tcp = ip[(ip[0] & 15) * 4 :]
    if len(tcp) < 20:
        return None
    source_port, destination_port = struct.unpack_from(">HH", tcp)
    headers = (ip[0] & 15) * 4 + (tcp[12] >> 4) * 4
    return ip[12:16], source_port, ip[16:20], destination_port, tcp[13], struct.unpack_from(">H", ip, 2)[0] > headers


def loss(process):
    """Returns (packets, lost packets) of a process's sockets since the last call.

    Signals would do as well, but tcpdump logs a line for each. No file of the kernel has these numbers.
    """
    library = ctypes.CDLL(None)
    found = [0, 0]
    handle = os.pidfd_open(process)
    try:
        for name in os.listdir("/proc/%d/fd" % process)[:DESCRIPTORS_AT_MOST]:
            if not os.readlink("/proc/%d/fd/%s" % (process, name)).startswith("socket:"):
                continue
            descriptor = library.syscall(PIDFD_GETFD, handle, int(name), 0)
            if descriptor < 0:
                continue
            with socket.socket(fileno=descriptor) as copy:
                if copy.family == socket.AF_PACKET:
                    for index, count in enumerate(struct.unpack("II", copy.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))):
                        found[index] += count
    finally:
        os.close(handle)
    return found


class Captures:
    """The captures from a position on: [name, inode, offset], or None for the beginning of the newest file."""

    def __init__(self, folder, position):
        self.folder, self.position = folder, position
        self.packets_left, self.bytes_left = PACKETS_AT_MOST, BYTES_AT_MOST
        self.is_complete = False

    def packets(self, until):
        """Yields (time, link type, beginning of the packet) up to a time; is_complete then says whether that was all.

        In a flood it leaves out the rest of a file if there is a newer one.
        """
        directory = foreign.open_directory(self.folder)
        try:
            files = self._files(directory, until)
            for name, inode, offset in files:
                self.position = [name, inode, offset]
                if not (yield from self._file(directory, until)):
                    if files[-1][1] != inode:
                        self.position = files[-1]
                    return
            self.is_complete = bool(files)
        finally:
            os.close(directory)

    def _files(self, directory, until):
        found = []
        for name in foreign.names(directory, FILES_AT_MOST)[0]:
            if ".pcap" in name:
                try:
                    status = os.stat(name, dir_fd=directory, follow_symlinks=False)
                except FileNotFoundError:
                    continue
                found.append((status.st_mtime, name, status.st_ino))
        # One that a wrong clock has dated ahead would always be the newest.
        files = [[name, inode, 0] for when, name, inode in sorted(found) if when < until + 120]
        # A finished file is renamed, and deleted some day.
        for index, file in enumerate(files):
            if self.position and file[1] == self.position[1]:
                file[2] = self.position[2]
                return files[index:]
        return files[-1:]

    def _file(self, directory, until):
        """Returns whether the file was read up to its end or up to that time."""
        try:
            descriptor, status = foreign.open_file(directory, self.position[0])
        except foreign.Refused:
            return True
        try:
            header = os.pread(descriptor, 24, 0)
            if len(header) < 24 or header[:4] != MAGIC or status.st_ino != self.position[1]:
                return True
            return (yield from self._records(descriptor, struct.unpack("=I", header[20:])[0], until))
        finally:
            os.close(descriptor)

    def _records(self, descriptor, link, until):
        size = os.fstat(descriptor).st_size
        begin, data = 0, b""
        position = max(24, self.position[2])
        while position + RECORD.size <= size:
            if position + RECORD.size + NEEDED > begin + len(data):
                if self.bytes_left <= 0:
                    return False
                begin, data = position, os.pread(descriptor, CHUNK, position)
                self.bytes_left -= len(data)
            here = position - begin
            seconds, _, captured, _ = RECORD.unpack_from(data, here)
            if captured > CAPTURED_AT_MOST or position + RECORD.size + captured > size or seconds > until:
                break
            if self.packets_left <= 0:
                return False
            self.packets_left -= 1
            here += RECORD.size
            yield seconds, link, data[here : here + min(captured, NEEDED)]
            position += RECORD.size + captured
            self.position[2] = position
        return True
