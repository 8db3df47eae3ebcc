#!/usr/bin/python3
"""A slixmpp client that a test drives: one JSON object a line, commands on standard input, events on standard output.

Only slixmpp's own plugins speak the protocols; this file starts them and watches what they do.

Commands (`cmd`):
  login    jid password host port [ca] [direct_tls] [files]   -> ready
           files: false has a client that cannot take or send any
  receive  offer(si|none) [via] [answer(accept|decline)] [close_after] [keep]
           keep: what came in of a file that was broken off (close_after) is kept, and the rest alone asked for when the same file is offered again
  send     to path [name] [sid] offer(si|none) via(ibb|ibb-message|s5b-proxy) [methods] [close_after] [block_size] [ranges(serve|ignore)] [proxy]
           methods: what the SI offer lists, if more than `via`
           ranges: offer parts, and then serve them or send everything all the same
  ask      what(disco#info|ping|unheard) to                   -> answer
  quit

Events (`type`):
  ready      jid
  online     peer                          somebody whom we asked to see is there; who asks to see us may, and is asked back
  offered    peer name size hash methods sid
  declined   peer                          we said no
  accepted   via start                     our offer was taken, by this method, from this byte on
  started    via sid block_size            a stream is open
  progress   bytes                         after the first MiB, once
  received   bytes start sha256 via sid how      the stream has ended (how: size|closed); `bytes` and `sha256` are of the file, `start` of it was there before
  sent       bytes sha256
  answer     result (or the error's condition) identities features
  cancelled  bytes                         we closed midway, as told by close_after
  failed     condition text bytes
"""
import asyncio
import datetime
import hashlib
import json
import logging
import os
import ssl
import sys
import uuid

import slixmpp
from slixmpp.exceptions import IqTimeout, XMPPError
from slixmpp.plugins.xep_0096 import File
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import StanzaPath

SOCKS5 = 'http://jabber.org/protocol/bytestreams'
IBB = 'http://jabber.org/protocol/ibb'
METHODS = {'s5b-direct': SOCKS5, 's5b-proxy': SOCKS5, 'ibb': IBB, 'ibb-message': IBB}
ANSWER_SECONDS = 60
PROGRESS_BYTES = 1 << 20


def emit(type_, **fields):
    print(json.dumps({'type': type_, **fields}), flush=True)


def rest_from(offset):
    file = File()
    file['range']['offset'] = offset
    return file


class Incoming:
    """What has come in of one file."""

    def __init__(self, sid, size, close_after, keeps=False, kept=b''):
        self.sid = sid
        self.size = size
        self.close_after = close_after
        self.via = None
        self.start = self.bytes = len(kept)
        self.sha256 = hashlib.sha256(kept)
        self.content = bytearray(kept) if keeps else None
        self.over = False

    def add(self, data):
        before = self.bytes
        self.bytes += len(data)
        self.sha256.update(data)
        if self.content is not None:
            self.content += data
        if before < PROGRESS_BYTES <= self.bytes:
            emit('progress', bytes=self.bytes)

    def must_close(self):
        return self.close_after is not None and self.bytes >= self.close_after

    def end(self, how):
        if not self.over:
            self.over = True
            emit('received', bytes=self.bytes, start=self.start, sha256=self.sha256.hexdigest(), via=self.via, sid=self.sid, how=how)

    def cancel(self):
        self.over = True
        emit('cancelled', bytes=self.bytes)


class Peer(slixmpp.ClientXMPP):
    def __init__(self, jid, password, files):
        super().__init__(jid, password)
        for plugin in ('xep_0030', 'xep_0199'):
            self.register_plugin(plugin)
        self.add_event_handler('session_start', self.on_session_start)
        self.add_event_handler('got_online', self.on_online)
        self.add_event_handler('failed_auth', lambda _: emit('failed', condition='not-authorized', text='', bytes=0))
        self.add_event_handler('connection_failed', lambda e: emit('failed', condition='connect', text=str(e), bytes=0))
        if files:
            self.take_files()

    def take_files(self):
        for plugin in ('xep_0047', 'xep_0065', 'xep_0095', 'xep_0096'):
            self.register_plugin(plugin)
        # slixmpp 1.8.3 made this handler a coroutine and registers it as a plain function: no SI offer would ever be seen.
        # The handler stays slixmpp's own.
        self.remove_handler('SI Request')
        self.register_handler(CoroutineCallback('SI Request', StanzaPath('iq@type=set/si'), self['xep_0095']._handle_request))
        self.policy = None
        self.incoming = None
        self.kept = {}
        self.outgoing_sids = set()
        self.socks5 = None
        self.add_event_handler('si_request', self.on_si_request)
        self.add_event_handler('ibb_stream_start', self.on_ibb_start)
        self.add_event_handler('ibb_stream_data', self.on_ibb_data)
        self.add_event_handler('ibb_stream_end', self.on_ibb_end)
        self.add_event_handler('socks5_stream', self.on_socks5_start)
        self.add_event_handler('socks5_data', self.on_socks5_data)
        self.add_event_handler('socks5_closed', self.on_socks5_closed)

    async def on_session_start(self, _):
        self.send_presence()

    def on_online(self, presence):
        # Presence comes back to us: then the server has told the others as well.
        if presence['from'] == self.boundjid:
            emit('ready', jid=self.boundjid.full)
        else:
            emit('online', peer=presence['from'].full)

    # Receiving

    def receive(self, command):
        self.policy = command
        via = command.get('via')
        if command['offer'] == 'none':
            self['xep_0047'].auto_accept = via in (None, 'ibb', 'ibb-message')
            self['xep_0065'].auto_accept = via in (None, 's5b-direct', 's5b-proxy')
        elif via is not None:
            self['xep_0095'].unregister_method(IBB if METHODS[via] == SOCKS5 else SOCKS5)

    async def on_si_request(self, iq):
        si, file = iq['si'], iq['si']['file']
        fields = si['feature_neg']['form'].get_fields()
        emit('offered', peer=iq['from'].full, name=file['name'], size=file['size'], hash=file['hash'], sid=si['id'],
             methods=[option['value'] for option in fields['stream-method']['options']])
        if self.policy is None or self.policy['offer'] != 'si' or self.policy.get('answer') == 'decline':
            await self['xep_0095'].decline(iq['from'], si['id'])
            emit('declined', peer=iq['from'].full)
            return
        size = int(file['size']) if file['size'] else None
        keeps = bool(self.policy.get('keep'))
        same_file = (iq['from'].bare, file['name'], file['size'], file['hash'], file.xml.get('date'))
        kept = self.kept.pop(same_file, b'') if keeps and file.get_plugin('range', check=True) is not None else b''
        self.incoming = Incoming(si['id'], size, self.policy.get('close_after'), keeps, kept)
        if keeps:
            self.kept[same_file] = self.incoming.content
        await self['xep_0095'].accept(iq['from'], si['id'], payload=rest_from(len(kept)) if kept else None)

    def started(self, sid, via, **fields):
        if self.incoming is None or self.incoming.sid != sid:
            self.incoming = Incoming(sid, None, (self.policy or {}).get('close_after'))
        self.incoming.via = via
        emit('started', via=via, sid=sid, **fields)

    def on_ibb_start(self, stream):
        if stream.sid not in self.outgoing_sids:
            self.started(stream.sid, 'ibb', block_size=stream.block_size)

    def on_ibb_data(self, stream):
        if self.incoming.over or stream.stream_in_closed:
            return
        self.incoming.add(stream.read())
        if self.incoming.must_close():
            self.incoming.cancel()
            stream.close()

    def on_ibb_end(self, stream):
        if stream.sid not in self.outgoing_sids:
            self.incoming.end('closed')

    def on_socks5_start(self, connection):
        self.socks5 = connection
        sid = next(sid for sid, session in self['xep_0065']._sessions.items() if session is connection)
        self.started(sid, 's5b', host=connection.transport.get_extra_info('peername')[0])
        self.look_for_socks5_end()

    def on_socks5_data(self, data):
        if self.socks5 is None or self.incoming.over:
            return
        self.incoming.add(data)
        if self.incoming.must_close():
            self.incoming.cancel()
            self.socks5.transport.close()
        self.look_for_socks5_end()

    def on_socks5_closed(self, _):
        # The event doesn't say which connection: the losers among the streamhosts end too.
        self.look_for_socks5_end()

    def look_for_socks5_end(self):
        if self.socks5 is None or self.incoming is None or self.incoming.over:
            return
        if self.incoming.size is not None and self.incoming.bytes >= self.incoming.size:
            # Closing is the sender's: a proxy may not have heard of the activation yet.
            self.incoming.end('size')
        elif self.socks5.transport.is_closing():
            self.incoming.end('closed')

    # Sending

    async def send_file(self, command):
        sent = 0
        try:
            with open(command['path'], 'rb') as file:
                content = file.read()
            sid = command.get('sid') or uuid.uuid4().hex
            self.outgoing_sids.add(sid)
            if command['offer'] == 'si':
                content = content[await self.offer(command, sid, content):]
            write, close = await self.open(command, sid)
            emit('started', via=command['via'], sid=sid)
            block = command.get('block_size') or 4096
            close_after = command.get('close_after')
            while sent < len(content):
                if close_after is not None and sent >= close_after:
                    await close()
                    emit('cancelled', bytes=sent)
                    return
                chunk = content[sent:sent + block]
                await write(chunk)
                before, sent = sent, sent + len(chunk)
                if before < PROGRESS_BYTES <= sent:
                    emit('progress', bytes=sent)
                await asyncio.sleep(0)
            await close()
            emit('sent', bytes=sent, sha256=hashlib.sha256(content).hexdigest())
        except IqTimeout:
            emit('failed', condition='timeout', text='no answer', bytes=sent)
        except XMPPError as error:
            emit('failed', condition=error.condition, text=error.text or '', bytes=sent)
        except OSError as error:
            # What slixmpp's in-band stream raises once the other side has closed it.
            emit('failed', condition='closed-by-peer', text=repr(error), bytes=sent)
        except Exception as error:  # the test must hear of it
            logging.exception('sending')
            emit('failed', condition='exception', text=repr(error), bytes=sent)

    async def ask(self, what, to):
        iq = self.make_iq_get(ito=to)
        if what == 'disco#info':
            iq.enable('disco_info')
        elif what == 'ping':
            iq.enable('ping')
        else:
            iq.append(slixmpp.ET.Element('{urn:unheard}query'))
        try:
            answer = await iq.send(timeout=ANSWER_SECONDS)
            info = answer['disco_info'] if what == 'disco#info' else None
            emit('answer', result='result', identities=[list(identity) for identity in info['identities']] if info else [],
                 features=sorted(info['features']) if info else [])
        except XMPPError as error:
            emit('answer', result=error.condition)

    async def offer(self, command, sid, content):
        changed = datetime.datetime.fromtimestamp(int(os.stat(command['path']).st_mtime), datetime.timezone.utc)
        answer = await self['xep_0096'].request_file_transfer(
            slixmpp.JID(command['to']), sid=sid, name=command.get('name') or os.path.basename(command['path']), size=len(content),
            hash=hashlib.md5(content).hexdigest(), date=changed, mime_type='application/octet-stream',
            methods=[{'value': METHODS[via]} for via in command.get('methods') or [command['via']]], timeout=ANSWER_SECONDS,
            allow_ranged=bool(command.get('ranges')))
        wanted = answer['si'].xml.find('.//{http://jabber.org/protocol/si/profile/file-transfer}range')
        start = int(wanted.get('offset') or 0) if wanted is not None else 0
        emit('accepted', via=answer['si']['feature_neg']['form'].get_values()['stream-method'], start=start)
        return start if command.get('ranges') == 'serve' else 0

    async def open(self, command, sid):
        to = slixmpp.JID(command['to'])
        if METHODS[command['via']] == SOCKS5:
            if command.get('proxy'):
                proxy = slixmpp.JID(command['proxy'])
                found = (await self['xep_0065'].get_network_address(proxy, timeout=ANSWER_SECONDS))['socks']['streamhost']
                self['xep_0065']._proxies = {proxy: (found['host'], found['port'])}
            connection = await self['xep_0065'].handshake(to, sid=sid, timeout=ANSWER_SECONDS)

            async def close_socket():
                connection.transport.close()

            return connection.write, close_socket
        stream = await self['xep_0047'].open_stream(
            to, sid=sid, block_size=command.get('block_size'), use_messages=command['via'] == 'ibb-message', timeout=ANSWER_SECONDS)
        return stream.send, stream.close


async def commands(reader):
    while line := await reader.readline():
        yield json.loads(line)


async def run():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    peer, tasks = None, set()
    async for command in commands(reader):
        name = command['cmd']
        if name == 'login':
            peer = Peer(command['jid'], command['password'], command.get('files', True))
            if command.get('ca'):
                peer.ca_certs = command['ca']
            else:
                peer.ssl_context.check_hostname = False
                peer.ssl_context.verify_mode = ssl.CERT_NONE
            peer.connect((command['host'], command['port']), use_ssl=command.get('direct_tls', False))
        elif name == 'receive':
            peer.receive(command)
        elif name == 'ask':
            await peer.ask(command['what'], command['to'])
        elif name == 'send':
            task = asyncio.ensure_future(peer.send_file(command))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        elif name == 'quit':
            break
    if peer is not None:
        await peer.disconnect(wait=2)


if __name__ == '__main__':
    logging.basicConfig(level=logging.DEBUG if os.environ.get('PEER_LOG') else logging.WARNING, stream=sys.stderr)
    # slixmpp takes the loop of the moment when it is imported.
    asyncio.get_event_loop().run_until_complete(run())
