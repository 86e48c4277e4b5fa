#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tiny viewer: it takes one look at a guest's display, and saves it as a PNG.

    viewer.py dbus|vnc DOMAIN FILE.png [PASSWORD]

The display comes as a descriptor from org.roost1.Domain.Display on the session bus. The functions take a connected
socket, so that tests can use them. Sources: RFC 6143 (VNC); QEMU ui/dbus-display1.xml; the SPICE protocol's link stage.
"""
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import zlib

from gi.repository import Gio, GLib

SECONDS = 60


class Refused(Exception):
    """The display does not let us in."""


# --- PNG ---

def png(width, height, rows):
    """@rows: for each line its pixels as bytes R, G, B."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b''.join(b'\0' + row for row in rows))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', data) + chunk(b'IEND', b'')


class Frame:
    """Pixels as they came, four bytes each: blue, green, red, nothing."""

    def __init__(self, width, height, stride=None, data=b''):
        self.width, self.height, self.stride = width, height, stride or width * 4
        self.data = bytearray(data or bytes(self.stride * height))

    def rows(self):
        for y in range(self.height):
            line = self.data[y * self.stride:y * self.stride + self.width * 4]
            row = bytearray(self.width * 3)
            row[0::3], row[1::3], row[2::3] = line[2::4], line[1::4], line[0::4]
            yield bytes(row)

    def colors(self):
        return {bytes(self.data[i:i + 3]) for i in range(0, len(self.data), 4)}

    def save(self, path):
        with open(path, 'wb') as f:
            f.write(png(self.width, self.height, self.rows()))


def read_exactly(peer, length):
    data = b''
    while len(data) < length:
        more = peer.recv(length - len(data))
        if not more:
            raise Refused('the display closed the connection')
        data += more
    return data


# --- VNC ---

def des(key, data):
    """Three times with the same key is once."""
    return subprocess.run(['openssl', 'enc', '-des-ede3', '-nopad', '-K', (key * 3).hex()], input=data,
                          capture_output=True, check=True).stdout


def vnc_answer(challenge, password):
    """RFC 6143, 7.2.2; the bits of each byte of the key are taken the other way round."""
    key = password.encode()[:8].ljust(8, b'\0')
    return des(bytes(int(f'{byte:08b}'[::-1], 2) for byte in key), challenge)


def vnc_tls(peer, authority, name):
    """Security type 19, VeNCrypt, and in it TLS: the host must be @name, and its certificate by the file @authority.
    What follows goes through the TLS socket that is returned: vnc_enter() finds that it was let in."""
    peer.settimeout(SECONDS)
    assert read_exactly(peer, 12) == b'RFB 003.008\n'
    peer.sendall(b'RFB 003.008\n')
    assert 19 in read_exactly(peer, read_exactly(peer, 1)[0])
    peer.sendall(bytes([19]))
    assert read_exactly(peer, 2) == b'\0\2'
    peer.sendall(b'\0\2')
    assert read_exactly(peer, 1) == b'\0'
    kinds = struct.unpack('>' + 'I' * (count := read_exactly(peer, 1)[0]), read_exactly(peer, 4 * count))
    assert 260 in kinds, kinds  # X509None
    peer.sendall(struct.pack('>I', 260))
    assert read_exactly(peer, 1) == b'\1'
    context = ssl.create_default_context(cafile=authority)
    return context.wrap_socket(peer, server_hostname=name)


def vnc_enter(peer, password=None):
    """Up to the security result. Returns the security type: 1 none, 2 password; 0 by TLS, where vnc_tls() chose it."""
    peer.settimeout(SECONDS)
    kind = 0
    if not isinstance(peer, ssl.SSLSocket):
        assert read_exactly(peer, 12) == b'RFB 003.008\n'
        peer.sendall(b'RFB 003.008\n')
        kind = 2 if 2 in read_exactly(peer, read_exactly(peer, 1)[0]) else 1
        peer.sendall(bytes([kind]))
    if kind == 2:
        peer.sendall(vnc_answer(read_exactly(peer, 16), password or ''))
    if struct.unpack('>I', read_exactly(peer, 4))[0] != 0:
        raise Refused(read_exactly(peer, struct.unpack('>I', read_exactly(peer, 4))[0]).decode())
    return kind


def vnc_update(peer, frame):
    """Reads one FramebufferUpdate; other messages have no part in it."""
    kind, n_rectangles = struct.unpack('>BxH', read_exactly(peer, 4))
    assert kind == 0, f'message {kind}'
    for _ in range(n_rectangles):
        x, y, width, height, encoding = struct.unpack('>HHHHi', read_exactly(peer, 12))
        assert encoding == 0
        for line in range(height):
            start = ((y + line) * frame.width + x) * 4
            frame.data[start:start + width * 4] = read_exactly(peer, width * 4)


def vnc_frame(peer, password=None):
    """One whole picture."""
    vnc_enter(peer, password)
    peer.sendall(b'\1')  # others may look on
    width, height = struct.unpack('>HH', read_exactly(peer, 4))
    read_exactly(peer, 16)
    read_exactly(peer, struct.unpack('>I', read_exactly(peer, 4))[0])
    frame = Frame(width, height)
    peer.sendall(struct.pack('>BxxxBBBBHHHBBBxxx', 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
    peer.sendall(struct.pack('>BxHi', 2, 1, 0))
    peer.sendall(struct.pack('>BBHHHH', 3, 0, 0, 0, width, height))
    vnc_update(peer, frame)
    return frame


# --- SPICE ---

def spice_link(peer):
    """The greetings. Returns the public key of the server."""
    peer.settimeout(SECONDS)
    message = struct.pack('<IBBIII', 0, 1, 0, 0, 0, 18)  # a main channel without capabilities
    peer.sendall(b'REDQ' + struct.pack('<III', 2, 2, len(message)) + message)
    magic, _major, _minor, size = struct.unpack('<4sIII', read_exactly(peer, 16))
    assert magic == b'REDQ'
    reply = read_exactly(peer, size)
    assert struct.unpack_from('<I', reply)[0] == 0
    return reply[4:4 + 162]


def spice_enter(peer, password=''):
    """The ticket. Raises Refused."""
    key = spice_link(peer)
    with tempfile.NamedTemporaryFile() as f:
        f.write(key)
        f.flush()
        ticket = subprocess.run(['openssl', 'pkeyutl', '-encrypt', '-pubin', '-inkey', f.name, '-keyform', 'DER',
                                 '-pkeyopt', 'rsa_padding_mode:oaep'], input=password.encode() + b'\0',
                                capture_output=True, check=True).stdout
    peer.sendall(ticket)
    result = struct.unpack('<I', read_exactly(peer, 4))[0]
    if result != 0:
        raise Refused(f'SPICE error {result}')


# --- QEMU's D-Bus display ---

LISTENER = Gio.DBusNodeInfo.new_for_xml('''<node><interface name="org.qemu.Display1.Listener">
  <method name="Scanout"><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="ay"/></method>
  <method name="Update"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/><arg type="u"/><arg type="u"/>
    <arg type="ay"/></method>
  <method name="Disable"/>
  <method name="MouseSet"><arg type="i"/><arg type="i"/><arg type="i"/></method>
  <method name="CursorDefine"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/><arg type="ay"/></method>
</interface></node>''').interfaces[0]

FORMATS = (0x20020888, 0x20028888)  # PIXMAN_x8r8g8b8, PIXMAN_a8r8g8b8


class DBusDisplay:
    """One console of a D-Bus display; @frame is None until the first Scanout."""

    def __init__(self, peer):
        self.frame = None
        self.listener = None
        self.main = self.connect(peer, Gio.DBusConnectionFlags.NONE)

    @staticmethod
    def connect(peer, flags):
        wrapped = Gio.Socket.new_from_fd(peer.detach()).connection_factory_create_connection()
        return Gio.DBusConnection.new_sync(wrapped, None, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | flags,
                                           None, None)

    def call(self, path, interface, method, args=None):
        return self.main.call_sync(None, path, interface, method, args, None, Gio.DBusCallFlags.NONE,
                                   SECONDS * 1000, None).unpack()

    def property(self, path, interface, name):
        return self.call(path, 'org.freedesktop.DBus.Properties', 'Get', GLib.Variant('(ss)', (interface, name)))[0]

    def consoles(self):
        """Numbers of those that have pixels."""
        ids = self.property('/org/qemu/Display1/VM', 'org.qemu.Display1.VM', 'ConsoleIDs')
        return [n for n in ids if self.property(f'/org/qemu/Display1/Console_{n}', 'org.qemu.Display1.Console',
                                                'Type') == 'Graphic']

    def listen(self, console=0):
        """QEMU waits for us until RegisterListener is done, and the guest with it."""
        ours, theirs = socket.socketpair()
        fds = Gio.UnixFDList.new_from_array([theirs.detach()])
        self.main.call_with_unix_fd_list(None, f'/org/qemu/Display1/Console_{console}', 'org.qemu.Display1.Console',
                                         'RegisterListener', GLib.Variant('(h)', (0,)), None,
                                         Gio.DBusCallFlags.NONE, SECONDS * 1000, fds, None, None)
        self.listener = self.connect(ours, Gio.DBusConnectionFlags.DELAY_MESSAGE_PROCESSING)
        self.listener.register_object('/org/qemu/Display1/Listener', LISTENER, self.on_call, None, None)
        self.listener.start_message_processing()

    def on_call(self, _connection, _sender, _path, _interface, method, args, invocation):
        if method == 'Scanout':
            width, height, stride, pixels = (args.get_child_value(i).unpack() for i in range(4))
            assert pixels in FORMATS, hex(pixels)
            self.frame = Frame(width, height, stride, args.get_child_value(4).get_data_as_bytes().get_data())
        elif method == 'Update' and self.frame:
            self.update(*(args.get_child_value(i).unpack() for i in range(5)),
                        args.get_child_value(6).get_data_as_bytes().get_data())
        invocation.return_value(None)

    def update(self, x, y, width, height, stride, data):
        for line in range(height):
            start = (y + line) * self.frame.stride + x * 4
            self.frame.data[start:start + width * 4] = data[line * stride:line * stride + width * 4]

    def wait(self, condition=None):
        context = GLib.MainContext.default()
        end = time.monotonic() + SECONDS
        while not (self.frame and (condition is None or condition())):
            assert time.monotonic() < end, 'no picture'
            context.iteration(False) or time.sleep(0.01)
        return self.frame

    def close(self):
        for connection in filter(None, (self.listener, self.main)):
            connection.close_sync(None)


# --- by hand ---

def open_display(kind, name):
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    path = bus.call_sync('org.roost1', '/org/roost1', 'org.roost1.Manager', 'GetDomainByName',
                         GLib.Variant('(s)', (name,)), None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]
    reply, fds = bus.call_with_unix_fd_list_sync(
        'org.roost1', path, 'org.roost1.Domain.Display', 'Open', GLib.Variant('(sa{sv})', (kind, {})), None,
        Gio.DBusCallFlags.NONE, -1, None, None)
    return socket.socket(fileno=fds.get(reply.unpack()[0]))


def main():
    if len(sys.argv) not in (4, 5) or sys.argv[1] not in ('dbus', 'vnc'):
        sys.exit(__doc__)
    kind, name, path = sys.argv[1:4]
    peer = open_display(kind, name)
    if kind == 'vnc':
        vnc_frame(peer, *sys.argv[4:]).save(path)
        return
    display = DBusDisplay(peer)
    display.listen(display.consoles()[0])
    display.wait().save(path)


if __name__ == '__main__':
    main()
