#!/usr/bin/python3
"""Offers one byte by SI and SOCKS5, with streamhosts that do not answer before the one that does. Ferry itself offers no such list.

One command as JSON on standard input: jid password host port ca to dead ([[host, port], …]). Events: ready, sent, failed.
"""
import asyncio
import json
import logging
import sys
import uuid

import slixmpp

SOCKS5 = 'http://jabber.org/protocol/bytestreams'


def emit(type_, **fields):
    print(json.dumps({'type': type_, **fields}), flush=True)


class Sender(slixmpp.ClientXMPP):
    def __init__(self, command):
        super().__init__(command['jid'], command['password'])
        for plugin in ('xep_0030', 'xep_0065', 'xep_0095', 'xep_0096'):
            self.register_plugin(plugin)
        self.command = command
        self.connections = asyncio.Queue()
        self.finished = asyncio.get_event_loop().create_future()
        self.add_event_handler('session_start', self.on_session_start)

    async def on_session_start(self, _):
        try:
            await self.send_byte()
            emit('sent')
        except Exception as error:  # the harness must hear of it
            logging.exception('sending')
            emit('failed', text=repr(error))
        self.finished.set_result(None)

    async def send_byte(self):
        self.send_presence()
        server = await asyncio.start_server(self.accept, '127.0.0.1', 0)
        to, sid = slixmpp.JID(self.command['to']), uuid.uuid4().hex
        await self['xep_0096'].request_file_transfer(to, sid=sid, name='one-byte', size=1, methods=[{'value': SOCKS5}], timeout=30)
        query = self.Iq()
        query['to'], query['type'] = to, 'set'
        query['socks']['sid'] = sid
        for host, port in [*self.command['dead'], server.sockets[0].getsockname()]:
            query['socks'].add_streamhost(self.boundjid, host, str(port))
        await query.send(timeout=30)
        writer = await asyncio.wait_for(self.connections.get(), 30)
        writer.write(b'x')
        await writer.drain()
        writer.close()

    async def accept(self, reader, writer):
        greeting = await reader.readexactly(2)
        await reader.readexactly(greeting[1])
        writer.write(b'\x05\x00')
        head = await reader.readexactly(5)
        address = await reader.readexactly(head[4] + 2)
        writer.write(b'\x05\x00\x00' + head[3:] + address)
        await self.connections.put(writer)


async def run():
    command = json.loads(await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline))
    sender = Sender(command)
    sender.ca_certs = command['ca']
    sender.connect((command['host'], command['port']))
    await sender.finished
    await sender.disconnect(wait=2)


if __name__ == '__main__':
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.get_event_loop().run_until_complete(run())
