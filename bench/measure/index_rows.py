"""The index's row: how fast its two stores take files, how long searches take, how fast one owner publishes through the embedded server."""
import glob
import json
import os
import shutil
import subprocess
import time

from processes import Failed

INDEX = 'artifacts/bin/Ferry.IndexBench/release/Ferry.IndexBench'
FILES = 1_000_000
OWNERS = 1_000
SEARCHES = 300
PUBLISHED = 100_000


class IndexRow:
    """Its own tables; see report.table."""

    def __init__(self):
        self.name = 'index'
        self.title = 'The index of shared files'
        self.kind = 'own'
        self.lines = []
        self.failed = {}
        self.notes = []


class Postgres:
    """A cluster of its own in a temporary folder, reached by a socket there; as the user postgres where we are root, which it refuses to be."""

    def __init__(self, folder):
        tools = sorted(glob.glob('/usr/lib/postgresql/*/bin'))
        if not tools:
            raise Failed('postgresql is not installed')
        self.folder, self.tools = folder, tools[-1]
        self.as_user = ['runuser', '-u', 'postgres', '--'] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(folder, 'postgres')
        self.data = os.path.join(folder, 'data')
        self.tool('initdb', '-D', self.data, '-U', 'ferry', '-A', 'trust', '-E', 'UTF8', '--locale=C')
        self.tool('pg_ctl', '-D', self.data, '-w', '-l', os.path.join(folder, 'log'), '-o',
                  f"-k {folder} -c listen_addresses='' -c shared_buffers=512MB -c max_wal_size=4GB", 'start')

    def processor(self):
        """User and system seconds of the server and all its children so far."""
        with open(os.path.join(self.data, 'postmaster.pid'), encoding='ascii') as file:
            server = int(file.readline())
        total = 0
        for process in (server, *children(server)):
            try:
                with open(f'/proc/{process}/stat', encoding='ascii', errors='replace') as file:
                    total += sum(int(ticks) for ticks in file.read().rpartition(')')[2].split()[11:15])
            except FileNotFoundError:
                pass # it ended: its parent has its time
        return total / os.sysconf('SC_CLK_TCK')

    @property
    def database(self):
        return f'Host={self.folder};Username=ferry;Database=postgres'

    def tool(self, name, *arguments):
        done = subprocess.run([*self.as_user, os.path.join(self.tools, name), *arguments], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd='/')
        if done.returncode != 0:
            raise Failed(f'{name}: {done.stdout}')

    def close(self):
        self.tool('pg_ctl', '-D', self.data, '-w', '-m', 'fast', 'stop')


def children(process):
    with open(f'/proc/{process}/task/{process}/children', encoding='ascii') as file:
        return [int(child) for child in file.read().split()]


class IndexRows:
    """Mixed into Bench."""

    def index(self):
        row = IndexRow()
        loads = [os.getloadavg()[0]]
        files = FILES // 16 if self.options.small else FILES
        events = self._store(row, 'SQLite', os.path.join(self.folder('index'), 'index.db'), files)
        loads.append(os.getloadavg()[0])
        postgres = None
        try:
            # Others must get through the folder above it.
            os.chmod(self._root, 0o755)
            postgres = Postgres(self.folder('postgres'))
            before = postgres.processor()
            events += self._store(row, 'PostgreSQL', postgres.database, files)
            row.notes.append(f'PostgreSQL itself took {postgres.processor() - before:.0f} s of processor for all of it, beside what the table says, which is ours; shared_buffers was 512 MB.')
        except (Failed, OSError) as error:
            row.failed['PostgreSQL'] = str(error).splitlines()[0][:300]
        finally:
            if postgres:
                postgres.close()
        row.lines = tables(events, self._run(row, 'publishing', 'publish', self.folder('publish'), str(PUBLISHED // 16 if self.options.small else PUBLISHED)))
        loads = [*loads, os.getloadavg()[0]]
        row.notes.insert(0,
            f'{files:,} files of {OWNERS:,} owners, a third of them online; names of two to four words out of 50,000, some much more common than others. Each search is made {SEARCHES} times with other words, '
            'one after the other, answers with 50 hits and a count, and is the whole of it: who may see what, full text, rows. Publishing is one owner with one connection, TLS and XML included, by the '
            'machine that clients use; its figures are of both ends in one process. The last rows are not of the mix: a tenth of the names begin with the same word. '
            'Peaks of SQLite count the pages of its file that are mapped into memory, which the system takes back when it needs them. '
            f'Load of the machine before this row, in its middle and after it, with its own: {", ".join(f"{load:.1f}" for load in loads)}.')
        return row

    def _store(self, row, label, database, files):
        return self._run(row, label, 'store', database, str(files), str(OWNERS), str(SEARCHES))

    def _run(self, row, label, *arguments):
        print(f'-- index, {label}', flush=True)
        began = time.monotonic()
        done = subprocess.run([INDEX, *arguments], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        print(f'   {time.monotonic() - began:.0f} s', flush=True)
        if done.returncode != 0:
            row.failed[label] = done.stderr.strip().splitlines()[0][:300] if done.stderr.strip() else f'ended with {done.returncode}'
            return []
        return [json.loads(line) for line in done.stdout.splitlines()]


def tables(stored, published):
    lines = ['| store | files | seconds | files/s | processor µs/file | peak MiB |', '|---|---:|---:|---:|---:|---:|']
    memory = {event['engine']: event['peak'] for event in stored if event['type'] == 'index-memory'}
    for event in stored:
        if event['type'] == 'index-store':
            lines.append(f'| {event["engine"]} | {event["files"]:,} | {event["seconds"]:.1f} | {event["rate"]:,} | {event["processor"] / event["files"] * 1e6:.0f} | {event["peak"] >> 20}, with searches {memory.get(event["engine"], 0) >> 20} |')
    for event in published:
        lines.append(f'| one owner through the embedded server, {event["name"]} | {event["files"]:,} | {event["seconds"]:.1f} | {event["rate"]:,} | {event["processor"] / event["files"] * 1e6:.0f} | {event["peak"] >> 20} |')
    engines = list(dict.fromkeys(event['engine'] for event in stored))
    lines += ['', '| search, milliseconds | ' + ' | '.join(f'{engine.split(" (")[0]}: median | 99 % | worst | processor' for engine in engines) + ' |', '|---|' + '---:|' * (4 * len(engines))]
    for name in dict.fromkeys(event['name'] for event in stored if event['type'] == 'index-search'):
        cells = []
        for engine in engines:
            found = [event for event in stored if event['type'] == 'index-search' and event['engine'] == engine and event['name'] == name]
            cells.append(f'{found[0]["p50"]:.1f} | {found[0]["p99"]:.1f} | {found[0]["max"]:.1f} | {processor(found[0])}' if found else '– | – | – | –')
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    return lines


def processor(event):
    return f'{event["processor"]:.1f}' if event['processor'] else '–'
