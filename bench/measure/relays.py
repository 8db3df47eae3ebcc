"""Relays that are measured: ours and others', each with a load of plain sockets on either side of it."""
import glob
import hashlib
import json
import os
import time
import urllib.request
import uuid

from processes import Child, Failed, cpu_so_far
from servers import PASSWORD, free_ports, make_certificate, wait_for

LOAD = 'artifacts/bench/relay_load'
FERRYD = 'artifacts/bin/Ferry.Daemon/release/ferryd'
PYTHON = '/usr/bin/python3'
SECRET = 'secret'


class Load:
    """The program of relay_load.c."""

    def __init__(self, port, listen=None):
        self._child = Child([LOAD, '127.0.0.1', str(port), *([str(listen)] if listen else [])])
        self.descriptors = self.ask(None, 'ready')['descriptors']

    def ask(self, line, *types, longest=300):
        if line:
            self._child.write(line)
        event = self._child.event(*types, 'failed', longest=longest)
        if event['type'] == 'failed':
            raise Failed(self._child.describe(event['text']))
        return event

    def close(self):
        self._child.kill()


class HaProxy:
    """HAProxy as a plain TCP forwarder with splice(2), one thread: there is no SOCKS5 in it, the bytes go the same way."""

    program = '/usr/sbin/haproxy'
    label = 'HAProxy, splice'

    def __init__(self, directory):
        self._port, self._sink = free_ports(2)
        configuration = os.path.join(directory, 'haproxy.cfg')
        with open(configuration, 'w', encoding='ascii') as file:
            file.write(f'''
global
    nbthread 1
    maxconn 2000
defaults
    mode tcp
    option splice-request
    option splice-response
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend here
    bind 127.0.0.1:{self._port}
    default_backend there
backend there
    server sink 127.0.0.1:{self._sink}
''')
        self._child = Child([self.program, '-db', '-f', configuration])
        wait_for(self._port, self._child)

    @property
    def pid(self):
        return self._child.pid

    def load(self):
        return Load(self._port, self._sink)

    def pair(self, load, count):
        load.ask(f'forward {count}', 'paired')

    def close(self):
        self._child.terminate()


class Socks5Proxy:
    """A proxy of XEP-0065: a client of its server activates what the load has connected. Whoever comes after is given pid, port and label."""

    def __init__(self, server, proxy, port):
        self.proxy = proxy
        self.port = port
        self._activator = Child([PYTHON, os.path.join(os.path.dirname(__file__), 'activator.py')])
        self._activator.write(json.dumps({'jid': server.account('activator'), 'password': PASSWORD, 'host': '127.0.0.1', 'port': server.port, 'ca': server.authority}))
        self._jid = self._event('ready')['jid']

    def load(self):
        return Load(self.port)

    def pair(self, load, count, batch=50):
        """So many active streams; in batches, as connections that wait are few at any time."""
        left = count
        while left > 0:
            streams = [(uuid.uuid4().hex, f'nobody@localhost/{number}') for number in range(min(batch, left))]
            hashes = [hashlib.sha1(f'{sid}{self._jid}{target}'.encode()).hexdigest() for sid, target in streams]
            load.ask('pair ' + ' '.join(hashes), 'paired')
            self._activator.write(json.dumps({'proxy': self.proxy, 'streams': streams}))
            self._event('activated')
            left -= len(streams)

    def close(self):
        self._activator.kill()

    def _event(self, type_):
        event = self._activator.event(type_, 'failed', longest=60)
        if event['type'] == 'failed':
            raise Failed(self._activator.describe(event['text']))
        return event


class ProsodyProxy(Socks5Proxy):
    label = "Prosody's proxy65"

    def __init__(self, prosody):
        super().__init__(prosody, prosody.proxy, prosody.proxy_port)
        self.pid = prosody.pid


class EjabberdProxy(Socks5Proxy):
    label = "ejabberd's mod_proxy65"

    def __init__(self, ejabberd):
        super().__init__(ejabberd, ejabberd.proxy, ejabberd.proxy_port)
        self.pid = ejabberd.pid


class FerrydRelay(Socks5Proxy):
    """ferryd, attached to Prosody as a component; everything at its defaults but who may and how many."""

    program = FERRYD

    def __init__(self, prosody, directory, label='ferryd', **relay):
        self.label = label
        port, admin = free_ports(2)
        secret = os.path.join(directory, 'secret')
        with open(secret, 'w', encoding='ascii', opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(SECRET + '\n')
        lines = [f'  {key}: {value}' for key, value in {'allow': 'localhost', 'listen': f'127.0.0.1:{port}', **relay}.items()]
        configuration = os.path.join(directory, 'ferryd.yml')
        with open(configuration, 'w', encoding='ascii') as file:
            file.write('\n'.join([
                'component:', f'  server: 127.0.0.1:{prosody.component_port}', f'  domain: {prosody.component}', f'  secretFile: {secret}',
                'relay:', *lines, 'admin:', f'  listen: 127.0.0.1:{admin}', 'log:', '  level: warning', '']))
        self._child = Child([FERRYD, 'run', '--config', configuration])
        wait_for(port, self._child)
        self._wait_ready(admin)
        self.pid = self._child.pid
        super().__init__(prosody, prosody.component, port)

    def resident(self):
        """Resident bytes of the process now."""
        with open(f'/proc/{self.pid}/statm', encoding='ascii') as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')

    def descriptors(self):
        """Open ones, and how many may be."""
        with open(f'/proc/{self.pid}/limits', encoding='ascii') as file:
            most = next(line.split()[3] for line in file if line.startswith('Max open files'))
        return len(os.listdir(f'/proc/{self.pid}/fd')), int(most)

    def close(self):
        super().close()
        self._child.terminate()

    def _wait_ready(self, admin):
        # A component is attached some time after its ports are open.
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f'http://127.0.0.1:{admin}/readyz', timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise Failed(self._child.describe('is not ready'))


class Ejabberd:
    """Debian's ejabberd, without a node name, as Ferry.Interop.Tests starts it."""

    program = '/usr/bin/erl'
    name = 'ejabberd'
    proxy = 'proxy.localhost'

    def __init__(self, directory):
        self._count = 0
        self.authority = make_certificate(directory)
        self.port, self.proxy_port, self._commands = free_ports(3)
        configuration = os.path.join(directory, 'ejabberd.yml')
        with open(configuration, 'w', encoding='ascii') as file:
            file.write(f'''
loglevel: warning
hosts: ["localhost"]
certfiles: ["{directory}/server.crt", "{directory}/server.key"]
listen:
  - {{port: {self.port}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: true, max_stanza_size: 262144, shaper: none}}
  - {{port: {self._commands}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{/api: mod_http_api}}}}
acl: {{loopback: {{ip: ["127.0.0.0/8"]}}}}
api_permissions: {{bench: {{who: {{access: {{allow: {{acl: loopback}}}}}}, what: [register]}}}}
auth_method: internal
auth_password_format: scram
shaper_rules: {{proxy_shaper: none}}
modules:
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_proxy65: {{host: "{self.proxy}", ip: "127.0.0.1", hostname: "127.0.0.1", port: {self.proxy_port}, access: all, shaper: proxy_shaper, max_connections: infinity}}
''')
        library = next(os.path.dirname(found) for found in glob.glob('/usr/lib/*-linux-gnu*/ejabberd-*'))
        self._child = Child(
            [self.program, '+S', '2', '-noinput', '-mnesia', 'dir', f'"{directory}/spool"', '-s', 'ejabberd'],
            env={**os.environ, 'HOME': directory, 'EJABBERD_CONFIG_PATH': configuration, 'EJABBERD_LOG_PATH': f'{directory}/ejabberd.log',
                 'ERL_CRASH_DUMP': f'{directory}/crash', 'ERL_LIBS': library})
        for port in (self.port, self.proxy_port, self._commands):
            wait_for(port, self._child, longest=60)

    @property
    def pid(self):
        return self._child.pid

    def account(self, user):
        self._count += 1
        body = json.dumps({'user': f'{user}{self._count}', 'host': 'localhost', 'password': PASSWORD}).encode()
        request = urllib.request.Request(f'http://127.0.0.1:{self._commands}/api/register', body, {'Content-Type': 'application/json'})
        urllib.request.urlopen(request, timeout=30).close()
        return f'{user}{self._count}@localhost'

    def close(self):
        self._child.terminate()


def carry(relay, streams, total):
    """So many streams side by side that carry `total` bytes together: bytes, seconds, processor seconds of the relay."""
    load = relay.load()
    try:
        relay.pair(load, streams)
        before = cpu_so_far(relay.pid)
        carried = load.ask(f'carry {total // streams}', 'carried')
        return carried['bytes'], carried['seconds'], cpu_so_far(relay.pid) - before
    finally:
        load.close()
