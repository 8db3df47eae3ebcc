"""Servers of the harness's own: Prosody, `ferry up`, sshd. All on free loopback ports, ended by their ids."""
import getpass
import os
import shutil
import socket
import subprocess
import time

from processes import Child, Failed

PASSWORD = 'a password'


def free_ports(count):
    # All held at once, so that no two are the same.
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(('127.0.0.1', 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_for(port, child, longest=30):
    deadline = time.monotonic() + longest
    while time.monotonic() < deadline and child.code is None:
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Failed(child.describe(f'does not listen on {port}'))


class Prosody:
    """Debian's Prosody, configured as Ferry.Interop.Tests' ProsodyServer does; a second writing of it, since nobody should need .NET to read this."""

    name = 'Prosody'
    proxy = 'proxy.localhost'
    component = 'relay.localhost'

    def __init__(self, directory, with_proxy=True, with_component=False, tells_limits=False):
        self._count = 0
        if tells_limits:
            self.name = 'Prosody that tells its limits'
        self._accounts = os.path.join(directory, 'data', 'localhost', 'accounts')
        os.makedirs(self._accounts)
        self.authority = make_certificate(directory)
        self.port, self.proxy_port, self.component_port = free_ports(3)
        configuration = os.path.join(directory, 'prosody.cfg.lua')
        with open(configuration, 'w', encoding='utf-8') as file:
            file.write(f'''
run_as_root = true -- in a container; only on loopback, and only while the benchmark runs
data_path = "{directory}/data"
pidfile = "{directory}/prosody.pid"
log = {{ {{ levels = {{ min = "warn" }}, to = "file", filename = "{directory}/prosody.log" }} }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {self.port} }}
c2s_require_encryption = true
ssl = {{ certificate = "{directory}/server.crt", key = "{directory}/server.key" }}
authentication = "internal_hashed"
storage = "internal"
allow_registration = false
-- No mod_limits: loaded and not configured it reads 10 kB/s from each client.
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "ping", "smacks", "posix"{', "stream_limits"' if tells_limits else ''} }}
plugin_paths = {{ "{os.path.join(os.path.dirname(os.path.abspath(__file__)), 'prosody')}" }}
modules_disabled = {{ "s2s" }}
proxy65_ports = {{ {self.proxy_port} }}
proxy65_interfaces = {{ "127.0.0.1" }}
component_ports = {{ {self.component_port} }}
component_interfaces = {{ "127.0.0.1" }}

VirtualHost "localhost"
''')
            if with_proxy:
                file.write(f'''
Component "{self.proxy}" "proxy65"
    proxy65_address = "127.0.0.1"
''')
            if with_component:
                file.write(f'''
Component "{self.component}"
    component_secret = "secret"
''')
        self._child = Child(['/usr/bin/prosody', '-F', '--config', configuration])
        wait_for(self.port, self._child)

    @property
    def pid(self):
        return self._child.pid

    @property
    def trust(self):
        return ['--server', f'xmpp:127.0.0.1:{self.port}', '--ca', self.authority]

    def account(self, user):
        """A new account; letters and digits, since Prosody's file names escape the rest."""
        self._count += 1
        user = f'{user}{self._count}'
        with open(os.path.join(self._accounts, f'{user}.dat'), 'w', encoding='utf-8') as file:
            file.write(f'return {{ ["password"] = "{PASSWORD}"; }};\n')
        return f'{user}@localhost'

    def close(self):
        self._child.terminate()


class FerryUp:
    """The embedded server, by the command."""

    name = 'ferry up'

    def __init__(self, directory, ferry):
        self._data = os.path.join(directory, 'up')
        self._ferry = ferry
        self._count = 0
        self._env = home(os.path.join(directory, 'up-home'))
        self.port, = free_ports(1)
        self._child = Child([ferry, 'up', '--json', '--port', str(self.port), '--data', self._data], env=self._env)
        self.pin = self._child.event('ready', 'failed', longest=60)['pin']
        self.authority = os.path.join(self._data, 'server.pem')

    @property
    def pid(self):
        return self._child.pid

    @property
    def trust(self):
        return ['--server', f'xmpp:127.0.0.1:{self.port}', '--pin', self.pin]

    def account(self, user):
        self._count += 1
        jid = f'{user}{self._count}@localhost'
        Child([self._ferry, 'account', 'register', jid, '--data', self._data, '--password-file', password_file(self._env['HOME'])], env=self._env).succeed(60)
        return jid

    def close(self):
        self._child.terminate()


class Sshd:
    """One sshd for one copy, so that its processor time can be taken when it has ended. Keys are thrown away with the folder."""

    program = '/usr/sbin/sshd'

    def __init__(self, keys):
        self.port, = free_ports(1)
        configuration = os.path.join(keys, f'sshd_config.{self.port}')
        with open(configuration, 'w', encoding='utf-8') as file:
            file.write(f'''
ListenAddress 127.0.0.1:{self.port}
HostKey {keys}/host
AuthorizedKeysFile {keys}/user.pub
PidFile none
StrictModes no
UsePAM {'yes' if os.getuid() == 0 else 'no'}
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp /usr/lib/openssh/sftp-server
''')
        self.child = Child([self.program, '-D', '-e', '-f', configuration])
        wait_for(self.port, self.child)

    @staticmethod
    def make_keys(directory):
        keys = os.path.join(directory, 'ssh')
        os.mkdir(keys, 0o700)
        for name in ('host', 'user'):
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', os.path.join(keys, name)], check=True)
        # Where sshd, as root, locks its unprivileged half in; Debian makes it when the service starts, which it never did here.
        if os.getuid() == 0:
            os.makedirs('/run/sshd', 0o755, exist_ok=True)
        return keys

    def scp(self, keys, file, directory):
        return [
            '/usr/bin/scp', '-q', '-F', '/dev/null', '-P', str(self.port), '-i', os.path.join(keys, 'user'), '-o', 'IdentitiesOnly=yes',
            '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR',
            file, f'{getpass.getuser()}@127.0.0.1:{directory}/']

    def close(self):
        self.child.terminate()


def home(directory):
    """An environment whose settings and journals are the harness's own."""
    os.makedirs(directory, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith('FERRY_')}
    return {**kept, 'HOME': directory, 'XDG_CONFIG_HOME': os.path.join(directory, 'config'), 'XDG_STATE_HOME': os.path.join(directory, 'state')}


def password_file(directory):
    path = os.path.join(directory, 'password')
    with open(path, 'w', encoding='utf-8', opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(PASSWORD + '\n')
    return path


def make_certificate(directory):
    """An authority and one certificate of it for localhost; the authority's file."""
    def openssl(*arguments):
        subprocess.run(['openssl', *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    key = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')
    openssl('req', '-x509', *key, '-keyout', 'authority.key', '-out', 'authority.pem', '-days', '30', '-subj', '/CN=Ferry benchmark')
    openssl('req', *key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
    with open(os.path.join(directory, 'server.ext'), 'w', encoding='ascii') as file:
        file.write('subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n')
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-days', '30',
            '-extfile', 'server.ext', '-out', 'server.crt')
    return os.path.join(directory, 'authority.pem')


def has(program):
    return shutil.which(program) is not None or os.path.exists(program)
