"""Who is measured: each carries one file once and says what it took."""
import dataclasses
import json
import os
import time

from processes import Child, Failed, cpu_so_far
from servers import PASSWORD, Sshd, home, password_file

SLIXMPP_PEER = 'tests/Ferry.Interop.Tests/Peers/slixmpp_peer.py'
PYTHON = '/usr/bin/python3'


@dataclasses.dataclass
class Sample:
    """One run. Seconds; bytes."""

    size: int
    wall: float                  # from the sender's start until both ends are done; the receiver waited before
    both: float | None = None    # the same from the receiver's start
    inner: float | None = None   # the transfer alone, as the receiver says
    cpu: float = 0.0             # of the sender's and the receiver's processes
    server_cpu: float | None = None
    peak_send: int | None = None
    peak_receive: int | None = None
    alone: bool = False          # only the transfer was taken: to be compared with ours alone


class Ferry:
    """`ferry send` to `ferry receive`."""

    def __init__(self, program, server, via, directory, label=None, offer=None):
        self.label = label or f'ferry → ferry ({server.name})'
        self._offer = ['--offer', offer] if offer else []
        self._program = program
        self._server = server
        self._via = via
        self._directory = directory
        self._env = home(os.path.join(directory, 'ferry-home'))
        self._password = password_file(directory)
        self._from, self._to = server.account('sender'), server.account('receiver')

    def start_receiver(self, target):
        receiver = Child(
            [self._program, 'receive', '--dir', target, '--count', '1', '--from', self._from, '--via', self._via, *self._common(self._to)], env=self._env)
        return receiver, ready(receiver)

    def start_sender(self, file, to):
        return Child([self._program, 'send', file, to, '--via', self._via, *self._offer, *self._common(self._from)], env=self._env)

    def run(self, file, target):
        before = cpu_so_far(self._server.pid)
        receiver, jid = self.start_receiver(target)
        sender = self.start_sender(file, jid)
        try:
            ended_well(sender)
            sender.succeed()
            done = ended_well(receiver)
            receiver.succeed()
        finally:
            sender.kill()
            receiver.kill()
        end = max(sender.ended, receiver.ended)
        size = os.path.getsize(file)
        if os.path.getsize(done['path']) != size:
            raise Failed(f'{self.label}: {done["path"]} is not whole')
        return Sample(size, end - sender.started, end - receiver.started, done['seconds'], sender.cpu + receiver.cpu,
                      cpu_so_far(self._server.pid) - before, sender.peak, receiver.peak)

    def first_byte(self, file, target, dead):
        """Seconds from the offer, which is accepted at once, until a file of one byte is there; ours sends unless some streamhosts are to be dead."""
        receiver, jid = self.start_receiver(target)
        sender = self._start_dead_sender(jid, dead) if dead else self.start_sender(file, jid)
        try:
            offered = receiver.event('offered', 'failed', longest=60)
            done = ended_well(receiver)
            sender.succeed()
            receiver.succeed()
        except Failed as error:
            raise Failed(f'{error}\n{sender.describe("sender")}') from None
        finally:
            sender.kill()
            receiver.kill()
        return Sample(1, done['seen'] - offered['seen'])

    def _start_dead_sender(self, to, dead):
        sender = Child([PYTHON, os.path.join(os.path.dirname(__file__), 'dead_streamhosts.py')])
        sender.write(json.dumps({'jid': self._from, 'password': PASSWORD, 'host': '127.0.0.1', 'port': self._server.port,
                                 'ca': self._server.authority, 'to': to, 'dead': dead}))
        return sender

    def _common(self, account):
        return ['--json', '--account', account, '--password-file', self._password, *self._server.trust]


class Scp:
    """scp with its own choice of cipher to an sshd that waits."""

    label = 'scp'

    def __init__(self, keys):
        self._keys = keys

    def run(self, file, target):
        begun = time.monotonic()
        server = Sshd(self._keys)
        try:
            client = Child(server.scp(self._keys, file, target))
            client.succeed()
        finally:
            server.close()
        if os.path.getsize(os.path.join(target, os.path.basename(file))) != os.path.getsize(file):
            raise Failed('scp: the copy is not whole')
        return Sample(os.path.getsize(file), client.ended - client.started, client.ended - begun, None, client.cpu + server.child.cpu, None,
                      client.peak, server.child.peak)


class Slixmpp:
    """A slixmpp client; it hashes, and keeps nothing on disk."""

    def __init__(self, server, user):
        self.account = server.account(user)
        self._server = server

    def log_in(self):
        child = Child([PYTHON, SLIXMPP_PEER])
        command(child, 'login', jid=self.account, password=PASSWORD, host='127.0.0.1', port=self._server.port, ca=self._server.authority)
        return child, ready(child)


class SlixmppToSlixmpp:
    def __init__(self, server, via, block_size=None):
        note = f', blocks of {block_size}' if block_size else ''
        self.label = f'slixmpp → slixmpp ({server.name}{note})'
        self._server = server
        self._via = via
        self._block_size = block_size
        self._sender, self._receiver = Slixmpp(server, 'sender'), Slixmpp(server, 'receiver')

    def run(self, file, target):
        before = cpu_so_far(self._server.pid)
        receiver, jid = self._receiver.log_in()
        command(receiver, 'receive', offer='si')
        sender = None
        try:
            sender, _ = self._sender.log_in()
            command(sender, 'send', to=jid, path=file, offer='si', via=self._via, block_size=self._block_size)
            sent = sender.event('sent', 'failed')
            if sent['type'] != 'sent':
                raise Failed(sender.describe(json.dumps(sent)))
            started = receiver.event('started', 'failed', longest=10)['seen']
            end = max(received_whole(receiver, os.path.getsize(file)), sent['seen'])
        finally:
            stop(sender)
            stop(receiver)
        return Sample(os.path.getsize(file), end - sender.started, end - receiver.started, end - started, sender.cpu + receiver.cpu,
                      cpu_so_far(self._server.pid) - before, sender.peak, receiver.peak)


class FerryToSlixmpp:
    """The same sender as ours, slixmpp's receiver."""

    def __init__(self, ferry, server):
        self.label = f'ferry → slixmpp ({server.name})'
        self._ferry = ferry
        self._server = server
        self._receiver = Slixmpp(server, 'receiver')

    def run(self, file, target):
        before = cpu_so_far(self._server.pid)
        receiver, jid = self._receiver.log_in()
        command(receiver, 'receive', offer='si')
        sender = self._ferry.start_sender(file, jid)
        try:
            ended_well(sender)
            sender.succeed()
            started = receiver.event('started', 'failed', longest=10)['seen']
            end = received_whole(receiver, os.path.getsize(file))
        finally:
            sender.kill()
            stop(receiver)
        return Sample(os.path.getsize(file), max(end, sender.ended) - sender.started, max(end, sender.ended) - receiver.started, end - started,
                      sender.cpu + receiver.cpu, cpu_so_far(self._server.pid) - before, sender.peak, receiver.peak)


class ProxyAlone:
    """Two plain sockets through the server's proxy: what it carries when nothing is stored or hashed."""

    def __init__(self, server):
        self.label = f'plain sockets, what the proxy carries ({server.name})'
        self._server = server
        self._account = server.account('plain')

    def run(self, file, _):
        before = cpu_so_far(self._server.pid)
        child = Child([PYTHON, os.path.join(os.path.dirname(__file__), 'proxy_carries.py')])
        child.write(json.dumps({'jid': self._account, 'password': PASSWORD, 'host': '127.0.0.1', 'port': self._server.port, 'ca': self._server.authority,
                                'proxy': self._server.proxy, 'proxy_port': self._server.proxy_port, 'path': file}))
        try:
            carried = child.event('carried', 'failed')
            if carried['type'] != 'carried':
                raise Failed(child.describe(json.dumps(carried)))
            child.succeed()
        finally:
            child.kill()
        return Sample(carried['bytes'], carried['seconds'], None, carried['seconds'], child.cpu, cpu_so_far(self._server.pid) - before, alone=True)


class Least:
    """No XMPP: little more than a file that both ends hash has to cost on this machine."""

    label = "a bare program in C: OpenSSL's SHA-256 on both ends, no log-in"
    program = 'artifacts/bench/direct_least'

    def run(self, file, target):
        child = Child([self.program, file, os.path.join(target, 'file')])
        carried = child.event('carried')
        child.succeed()
        if os.path.getsize(os.path.join(target, 'file')) != os.path.getsize(file):
            raise Failed(f'{self.label}: the copy is not whole')
        return Sample(os.path.getsize(file), child.ended - child.started, None, carried['seconds'], child.cpu, None, child.peak)


class PurpleToPurple:
    """libpurple on both ends. Its receiver's hash, made for the check, is not counted: the sender's word ends the transfer.

    In-band it goes only where nothing else does: with a port to listen on that is taken, and a server without a proxy.
    """

    program = 'artifacts/bench/purple_peer'

    def __init__(self, server, directory, taken_port=None):
        self.label = f'libpurple → libpurple ({server.name})'
        self._taken_port = taken_port
        self._server = server
        self._directory = directory
        self._sender, self._receiver = server.account('sender'), server.account('receiver')

    def run(self, file, target):
        before = cpu_so_far(self._server.pid)
        receiver, jid = self._log_in(self._receiver, 'receiver')
        command(receiver, 'receive', answer='accept', dir=target)
        sender = None
        try:
            sender, _ = self._log_in(self._sender, 'sender')
            command(sender, 'send', to=jid, path=file)
            offered = receiver.event('offered', 'failed', longest=60)['seen']
            sent = sender.event('sent', 'failed')
            if sent['type'] != 'sent':
                raise Failed(sender.describe(json.dumps(sent)))
            cpu = cpu_so_far(receiver.pid)
            received_whole(receiver, os.path.getsize(file))
            end = sent['seen']
        finally:
            stop(sender)
            stop(receiver)
        return Sample(os.path.getsize(file), end - sender.started, end - receiver.started, end - offered, sender.cpu + cpu,
                      cpu_so_far(self._server.pid) - before, sender.peak, receiver.peak)

    def _log_in(self, account, name):
        settings = os.path.join(self._directory, name)
        child = Child([self.program, settings], env=self._env(settings))
        command(child, 'login', jid=f'{account}/purple', password=PASSWORD, host='127.0.0.1', port=self._server.port, ca=self._server.authority)
        return child, ready(child)

    def _env(self, settings):
        port = {'PEER_LISTEN_PORT': str(self._taken_port)} if self._taken_port else {}
        return {**home(settings), 'G_FILENAME_ENCODING': 'UTF-8', **port}


def ready(child):
    event = child.event('ready', 'failed', longest=60)
    if event['type'] != 'ready':
        raise Failed(child.describe(json.dumps(event)))
    return event['jid']


def ended_well(child):
    event = child.event('done', 'failed')
    if event['type'] != 'done':
        raise Failed(child.describe(json.dumps(event)))
    return event


def received_whole(child, size):
    event = child.event('received', 'failed', 'declined', longest=60)
    if event['type'] != 'received' or event['bytes'] != size:
        raise Failed(child.describe(json.dumps(event)))
    return event['seen']


def command(child, name, **fields):
    child.write(json.dumps({'cmd': name, **{key: value for key, value in fields.items() if value is not None}}))


def stop(child):
    """Ends a peer in its own way, so that its processor time is whole."""
    if child is None:
        return
    try:
        command(child, 'quit')
        child.wait(15)
    except (OSError, Failed):
        child.kill()
