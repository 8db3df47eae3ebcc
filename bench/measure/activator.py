#!/usr/bin/python3
"""Activates streams at SOCKS5 proxies, as XEP-0065 says, for sockets that another program holds.

First line as JSON: jid password host port ca. Then lines with proxy and streams, a list of [sid, target]; each is answered by `activated` with a count, or `failed`.
"""
import asyncio
import json
import logging
import sys

import slixmpp

AT_ONCE = 50


def emit(type_, **fields):
    print(json.dumps({'type': type_, **fields}), flush=True)


class Client(slixmpp.ClientXMPP):
    def __init__(self, command):
        super().__init__(command['jid'], command['password'])
        self.register_plugin('xep_0065')
        self.finished = asyncio.get_event_loop().create_future()
        self.add_event_handler('session_start', self.on_session_start)

    async def on_session_start(self, _):
        emit('ready', jid=self.boundjid.full)
        try:
            while line := await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
                asked = json.loads(line)
                await self.activate_all(slixmpp.JID(asked['proxy']), asked['streams'])
                emit('activated', count=len(asked['streams']))
        except Exception as error:  # the harness must hear of it
            logging.exception('activating')
            emit('failed', text=repr(error))
        self.finished.set_result(None)

    async def activate_all(self, proxy, streams):
        for at in range(0, len(streams), AT_ONCE):
            await asyncio.gather(*(self['xep_0065'].activate(proxy, sid, slixmpp.JID(target)) for sid, target in streams[at:at + AT_ONCE]))


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
