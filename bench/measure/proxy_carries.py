#!/usr/bin/python3
"""What an XMPP server's SOCKS5 proxy carries by itself: two plain sockets through it, this process activates them as XEP-0065 says.

One command as JSON on standard input: jid password host port ca proxy proxy_port path. Events: ready, carried (bytes, seconds), failed.
The sender's side is sendfile, the receiver's side reads and drops: whoever stores and hashes has more to do.
"""
import asyncio
import hashlib
import json
import logging
import os
import socket
import sys
import threading
import time
import uuid

import slixmpp

LARGE = 1 << 20
GREETING = b'\x05\x01\x00'


def emit(type_, **fields):
    print(json.dumps({'type': type_, **fields}), flush=True)


def connect(command, address):
    """A SOCKS5 connection to the proxy for the stream of that SHA-1 (XEP-0065 section 5.3.2)."""
    one = socket.create_connection((command['host'], command['proxy_port']))
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    one.sendall(GREETING)
    exactly(one, 2)
    name = address.encode('ascii')
    one.sendall(b'\x05\x01\x00\x03' + bytes([len(name)]) + name + b'\x00\x00')
    answer = exactly(one, 5)
    exactly(one, answer[4] + 2)
    if answer[1] != 0:
        raise OSError(f'the proxy answered {answer[1]}')
    return one


def exactly(one, count):
    data = b''
    while len(data) < count:
        more = one.recv(count - len(data))
        if not more:
            raise OSError('the proxy closed the connection')
        data += more
    return data


def carry(one, other, path):
    """Seconds until the last byte has come."""
    size = os.path.getsize(path)

    def send():
        with open(path, 'rb') as file:
            one.sendfile(file)
        one.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    buffer = bytearray(LARGE)
    begun = time.monotonic()
    sender.start()
    left = size
    while left > 0:
        read = other.recv_into(buffer)
        if read == 0:
            raise OSError(f'{left} bytes are missing')
        left -= read
    seconds = time.monotonic() - begun
    sender.join()
    return size, seconds


class Client(slixmpp.ClientXMPP):
    def __init__(self, command):
        super().__init__(command['jid'], command['password'])
        self.register_plugin('xep_0065')
        self.command = command
        self.finished = asyncio.get_event_loop().create_future()
        self.add_event_handler('session_start', self.on_session_start)

    async def on_session_start(self, _):
        try:
            size, seconds = await self.carry()
            emit('carried', bytes=size, seconds=seconds)
        except Exception as error:  # the harness must hear of it
            logging.exception('carrying')
            emit('failed', text=repr(error))
        self.finished.set_result(None)

    async def carry(self):
        sid, target = uuid.uuid4().hex, slixmpp.JID(f'nobody@{self.boundjid.domain}/target')
        address = hashlib.sha1(f'{sid}{self.boundjid.full}{target}'.encode()).hexdigest()
        loop = asyncio.get_running_loop()
        other = await loop.run_in_executor(None, connect, self.command, address)
        one = await loop.run_in_executor(None, connect, self.command, address)
        await self['xep_0065'].activate(slixmpp.JID(self.command['proxy']), sid, target)
        return await loop.run_in_executor(None, carry, one, other, self.command['path'])


async def run():
    command = json.loads(await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline))
    client = Client(command)
    client.ca_certs = command['ca']
    client.connect((command['host'], command['port']))
    await client.finished
    await client.disconnect(wait=2)


if __name__ == '__main__':
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.get_event_loop().run_until_complete(run())
