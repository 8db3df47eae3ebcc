"""The rows: what is carried, by whom, and in which order."""
import hashlib
import math
import os
import random
import shutil
import socket
import statistics
import sys
import tempfile
import time

from contenders import Ferry, FerryToSlixmpp, Least, ProxyAlone, PurpleToPurple, Sample, Scp, SlixmppToSlixmpp
from index_rows import INDEX, IndexRows
from processes import Child, Failed
from relay_rows import RelayRows
from servers import PASSWORD, FerryUp, Prosody, Sshd, has, home

PUBLISHED = 'artifacts/bench/published/ferry'
BUILT = 'artifacts/bin/Ferry.Cli/release/ferry'
MANY = 'artifacts/bin/Ferry.Bench/release/Ferry.Bench'
MIB = 1 << 20
MB = 1_000_000


class Row:
    """Contenders in turns; a contender that fails is said and left out, and the others go on."""

    def __init__(self, name, title, kind):
        self.name = name
        self.title = title
        self.kind = kind  # transfer | seconds
        self.samples = {}
        self.failed = {}
        self.notes = []

    def take(self, label, run):
        if label in self.failed:
            return
        try:
            sample = run()
        except (Failed, OSError) as error:
            self.failed[label] = str(error).splitlines()[0][:300]
            print(f'   {label}: FAILED: {error}', file=sys.stderr, flush=True)
            return
        self.samples.setdefault(label, []).append(sample)
        rate = f', {sample.size / sample.wall / MB:.0f} MB/s' if self.kind == 'transfer' else ''
        print(f'   {label}: {sample.wall:.3f} s{rate}', flush=True)


class Bench(RelayRows, IndexRows):
    def __init__(self, options):
        self.options = options
        self._root = tempfile.mkdtemp(prefix='ferry-bench-', dir=options.dir)
        self._files = {}
        self._servers = []
        self._prosody = None
        self._bare_prosody = None
        self._open_prosody = None
        self._up = None
        self._folders = 0
        # The index alone needs nothing else.
        for program in (INDEX,) if options.rows == ['index'] else (PUBLISHED, BUILT, MANY, INDEX):
            if not os.path.exists(program):
                raise Failed(f'{program} is not built')
        self.ferry, self.built = os.path.abspath(PUBLISHED), os.path.abspath(BUILT)

    # What the rows need, made when it is first asked for

    @property
    def prosody(self):
        if self._prosody is None:
            self._prosody = Prosody(self.folder('prosody'))
            self._servers.append(self._prosody)
        return self._prosody

    @property
    def bare_prosody(self):
        """One without a proxy."""
        if self._bare_prosody is None:
            self._bare_prosody = Prosody(self.folder('prosody'), with_proxy=False)
            self._servers.append(self._bare_prosody)
        return self._bare_prosody

    @property
    def open_prosody(self):
        """The same that tells its limit on stanzas."""
        if self._open_prosody is None:
            self._open_prosody = Prosody(self.folder('prosody'), with_proxy=False, tells_limits=True)
            self._servers.append(self._open_prosody)
        return self._open_prosody

    @property
    def up(self):
        if self._up is None:
            self._up = FerryUp(self.folder('embedded'), self.ferry)
            self._servers.append(self._up)
        return self._up

    def folder(self, name):
        self._folders += 1
        path = os.path.join(self._root, f'{name}-{self._folders}')
        os.mkdir(path)
        return path

    def file(self, size, sparse=False):
        """A file of random bytes, the same in every run, already in the page cache; or a hole."""
        if not sparse and self.options.small:
            size = max(1, size // 16)
        if (size, sparse) not in self._files:
            path = os.path.join(self._root, f'{"hole" if sparse else "random"}-{size}')
            generator = random.Random(42)
            with open(path, 'wb') as file:
                if sparse:
                    file.truncate(size)
                else:
                    for at in range(0, size, MIB):
                        file.write(generator.randbytes(min(MIB, size - at)))
            self._files[size, sparse] = path
        return self._files[size, sparse]

    def both(self, server, via):
        """Ferry as published and as built."""
        return [Ferry(self.ferry, server, via, self.folder('ferry')),
                Ferry(self.built, server, via, self.folder('ferry'), label=f'ferry → ferry ({server.name}, as built)')]

    def with_target(self, run, *arguments):
        target = self.folder('target')
        try:
            return run(*arguments, target)
        finally:
            shutil.rmtree(target, ignore_errors=True)

    def rounds(self, row, contenders, most=None):
        """A B C, A B C, …: each contender is (label, function of nothing)."""
        for number in range(min(self.options.rounds, most or self.options.rounds)):
            print(f'-- {row.name}, round {number + 1}', flush=True)
            for label, run in contenders:
                row.take(label, run)
        return row

    def carriers(self, *pairs):
        return [(carrier.label, lambda carrier=carrier, file=file: self.with_target(carrier.run, file)) for carrier, file in pairs]

    def close(self):
        for server in self._servers:
            try:
                server.close()
            except (Failed, OSError) as error:
                print(error, file=sys.stderr)
        shutil.rmtree(self._root, ignore_errors=True)

    # The rows

    def s5b(self):
        row = Row('s5b', 'A file by a direct SOCKS5 bytestream through Prosody', 'transfer')
        ours, built = self.both(self.prosody, 's5b-direct')
        large, middle = self.file(1024 * MIB), self.file(256 * MIB)
        classic = Ferry(self.ferry, self.prosody, 's5b-direct', self.folder('ferry'), label='ferry → ferry (Prosody, offered by si)', offer='si')
        pairs = [(ours, large), (classic, large), (built, large)]
        row.notes.append('Ferry offers by Jingle unless another kind is named: both ends then know that their hashes agree.')
        if has(Sshd.program) and has('/usr/bin/scp'):
            pairs.append((Scp(Sshd.make_keys(self._root)), large))
        if os.path.exists(PurpleToPurple.program):
            pairs.append((PurpleToPurple(self.prosody, self.folder('purple')), large))
        if os.path.exists(Least.program):
            pairs.append((Least(), large))
        row.notes.append(hash_note(large))
        # slixmpp itself sends by a proxy only, so by this method it can but receive.
        pairs.append((FerryToSlixmpp(ours, self.prosody), middle))
        self.rounds(row, self.carriers(*pairs))
        if self.options.long:
            hole = Ferry(self.ferry, self.prosody, 's5b-direct', self.folder('ferry'), label='ferry → ferry, 10 GiB of zeros')
            row.take(hole.label, lambda: self.with_target(hole.run, self.file(10 * 1024 * MIB, sparse=True)))
        return row

    def proxy(self):
        row = Row('proxy', "A file through Prosody's proxy65", 'transfer')
        ours = Ferry(self.ferry, self.prosody, 's5b-proxy', self.folder('ferry'))
        theirs = SlixmppToSlixmpp(self.prosody, 's5b-proxy', 65536)
        row.notes.append('Plain sockets: one process with two sockets, from the activation to the last byte; nothing is stored or hashed. Compared with ours alone.')
        return self.rounds(row, self.carriers((ours, self.file(256 * MIB)), (ProxyAlone(self.prosody), self.file(256 * MIB)), (theirs, self.file(64 * MIB))))

    def ibb(self):
        row = Row('ibb', 'A file in-band', 'transfer')
        through, built = self.both(self.bare_prosody, 'ibb')
        embedded, embedded_built = self.both(self.up, 'ibb')
        long = Ferry(self.ferry, self.up, 'ibb', self.folder('ferry'), label='ferry → ferry (ferry up, 200 MB)')
        told = Ferry(self.ferry, self.open_prosody, 'ibb', self.folder('ferry'))
        row.notes.append('Prosody that tells its limits: the same one, with a module of five lines that says by XEP-0478 how large a stanza may be, as Prosody does by itself from version 13 on; then blocks need not fit what every server takes.')
        pairs = [(through, self.file(20 * MB)), (told, self.file(20 * MB)), (built, self.file(20 * MB)), (embedded, self.file(50 * MB)), (long, self.file(200 * MB)), (embedded_built, self.file(50 * MB))]
        # 8192 is the most slixmpp takes.
        pairs += [(SlixmppToSlixmpp(server, 'ibb', size), self.file(2 * MB)) for server in (self.bare_prosody, self.up) for size in (None, 8192)]
        with socket.socket() as taken:
            taken.bind(('', 0))
            taken.listen(1)
            if os.path.exists(PurpleToPurple.program):
                pairs.append((PurpleToPurple(self.bare_prosody, self.folder('purple'), taken.getsockname()[1]), self.file(20 * MB)))
            return self.rounds(row, self.carriers(*pairs))

    def firstbyte(self):
        row = Row('firstbyte', 'From acceptance until a file of one byte is there', 'seconds')
        ferry = Ferry(self.ferry, self.prosody, 's5b-direct', self.folder('ferry'))
        classic = Ferry(self.ferry, self.prosody, 's5b-direct', self.folder('ferry'), offer='si')
        with DeadHosts(10) as dead:
            ways = (('good path, by Jingle', ferry, []), ('good path, by stream initiation', classic, []), ('ten dead streamhosts first, by stream initiation', ferry, dead.addresses))
            return self.rounds(
                row,
                [(label, lambda who=who, hosts=hosts: self.with_target(lambda target: who.first_byte(self.file(1), target, hosts))) for label, who, hosts in ways])

    def many(self):
        row = Row('many', 'A hundred transfers of 1 MiB by direct SOCKS5 bytestreams from twenty accounts to one, all in one process', 'transfer')
        accounts = [','.join(self.prosody.account('sender') for _ in range(20)), self.prosody.account('receiver')]

        def run(how, target):
            child = Child([os.path.abspath(MANY), f'xmpp:127.0.0.1:{self.prosody.port}', self.prosody.authority, *accounts, PASSWORD, target,
                           self.file(MIB), '100', how], env=home(os.path.join(self._root, 'many-home')))
            try:
                seconds = child.event('many')['seconds']
                child.succeed()
            finally:
                child.kill()
            return Sample(100 * os.path.getsize(self.file(MIB)), seconds, cpu=child.cpu, peak_send=child.peak)

        ways = (('side by side', 'together'), ('one after the other', 'in-turn'))
        return self.rounds(row, [(label, lambda how=how: self.with_target(run, how)) for label, how in ways])

    def startup(self):
        row = Row('startup', 'Start', 'seconds')
        env = home(os.path.join(self._root, 'startup-home'))

        def run(*arguments):
            child = Child(arguments, env=env).succeed(60)
            return Sample(0, child.ended - child.started, cpu=child.cpu)

        contenders = [('ferry --help', lambda: run(self.ferry, '--help')), ('ferry --help, as built', lambda: run(self.built, '--help'))]
        contenders.append(('python3 -c "import slixmpp"', lambda: run('/usr/bin/python3', '-c', 'import slixmpp')))
        for _, warm in contenders:
            warm()
        return self.rounds(row, contenders)


class DeadHosts:
    """Listeners that accept nothing and whose backlog is full: a connection to them stays half-open for ever, as one that a firewall drops."""

    def __init__(self, count):
        self._sockets = []
        self.addresses = []
        for number in range(count):
            listener = socket.socket()
            listener.bind((f'127.0.0.{number + 2}', 0))
            listener.listen(0)
            self._sockets.append(listener)
            host, port = listener.getsockname()
            self.addresses.append((host, port))
            for _ in range(4):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex((host, port))
                self._sockets.append(filler)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._sockets:
            one.close()


def hash_note(file):
    """The bound that hashing sets, measured by OpenSSL through Python: the same code that .NET calls."""
    block = bytes(4 * MIB)
    best = math.inf
    for _ in range(5):
        hasher, begun = hashlib.sha256(), time.process_time()
        for _ in range(16):
            hasher.update(block)
        best = min(best, (time.process_time() - begun) / 16 / len(block))
    once, processors = best * os.path.getsize(file), os.cpu_count()
    return (f'Hashing the large file by SHA-256 takes {once:.2f} s of one processor here ({1 / best / 1e9:.2f} GB/s). Both ends do it, on the same {processors} processors: '
            f'no less than {2 * once / min(processors, 2):.2f} s alone, even if moving and storing the bytes cost nothing.')


def median(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
