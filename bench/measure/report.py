"""Tables in Markdown, and docs/performance.md."""
import datetime
import os
import platform
import subprocess

from rows import MB, median

MIB = 1 << 20

READING = '''\
How to read it. Everything is measured from outside, whole programs, ours and theirs taking turns in one run; the figures are medians.
*Seconds* run from the sender's start, with connecting, log-in and finding the peer, until both programs have ended; the receiver, like sshd, was
there before. *With the receiver* they run from the receiver's start. *Alone* is the transfer by itself, as the receiver says. *Processor* counts user
and system time of both ends per gigabyte (10⁹ bytes), start included; *server* that of the XMPP server in between. *Peak* is resident memory of sender and receiver.
*Ferry* is what `dotnet publish -r` makes, as people would install it; the rows *as built* are `dotnet build`, whose code is compiled at each start.
*Ours ÷ theirs* compares rates (for plain seconds, how many times as fast we are): above 1 Ferry is the faster. Ferry hashes with SHA-256 on both ends while the bytes
move; scp encrypts and keeps no hash. slixmpp hashes, keeps the file in memory and writes nothing; where its file is smaller than ours,
rates are still comparable, seconds are not. Rates through a program in Lua, Python or C# on a shared machine vary by a tenth from run to run.

What bounds it. Each end hashes every byte: 0.65 to 0.8 processor s/GB for each, whatever else costs nothing. In-band, base64 makes four bytes of three, and TLS takes them twice, client to
server and server to client: writing, encrypting, sending, receiving and decrypting took 2.2 processor s for each GB on the wire here (2.6 with a system call for each record), so about
6 s/GB for both ways, with the hashes 7.5, which on two processors that all three programs share is at most some 270 MB/s. Through Prosody its own time decides: two block
sizes compared, it spends nearly 1 ms on a block with its acknowledgement, and a tenth of a second on each MB.
'''


def text(value, digits=1, unit=''):
    return '–' if value is None else f'{value:.{digits}f}{unit}'


def size_text(size):
    if size >= 1 << 30 and size % (1 << 30) == 0:
        return f'{size >> 30} GiB'
    return f'{size // MIB} MiB' if size >= MIB and size % MIB == 0 and size % MB != 0 else f'{size / MB:.3g} MB' if size >= 10_000 else f'{size} B'


def transfers(row):
    lines = ['| who | size | seconds | MB/s | with the receiver | alone | processor s/GB | server s/GB | peak MiB | ours ÷ theirs |',
             '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|']
    for label, samples in row.samples.items():
        size = samples[0].size
        wall = median(s.wall for s in samples)
        rate = size / wall / MB
        ours = base(row, label, samples[0].alone)
        gigabytes = size / 1e9
        server = median(s.server_cpu for s in samples)
        peaks = [median(peaks) for peaks in ([s.peak_send for s in samples], [s.peak_receive for s in samples])]
        lines.append(
            f'| {label} | {size_text(size)} | {wall:.2f} ({min(s.wall for s in samples):.2f}–{max(s.wall for s in samples):.2f}) | {rate:.1f} '
            f'| {text(median(s.both for s in samples), 2)} | {text(median(s.inner for s in samples), 2)} '
            f'| {text(median(s.cpu for s in samples) / gigabytes, 2)} | {text(server and server / gigabytes, 2)} '
            f'| {" + ".join(text(peak / MIB, 0) for peak in peaks if peak) or "–"} '
            f'| {f"{ours / rate:.2f}" if ours else ""} |')
    return lines


def base(row, label, alone=False):
    """Our rate beside which this one is put: through the same server where we have one, of the transfer alone where that is all; none for our own."""
    ours = {name: samples for name, samples in row.samples.items() if name.startswith('ferry → ferry')}
    if label in ours or not ours:
        return None
    same = [samples for name, samples in ours.items() if name.partition('(')[2].split(',')[0].rstrip(')') in label]
    samples = (same or list(ours.values()))[0]
    return samples[0].size / median(s.inner if alone else s.wall for s in samples) / MB


def seconds(row):
    lines = ['| what | seconds | least – most | processor s |', '|---|---:|---:|---:|']
    for label, samples in row.samples.items():
        walls = [s.wall for s in samples]
        cpu = median(s.cpu for s in samples)
        lines.append(f'| {label} | {median(walls):.3f} | {min(walls):.3f} – {max(walls):.3f} | {text(cpu or None, 2)} |')
    return lines


def lines_of(row):
    if row.kind == 'own':
        return row.lines
    return transfers(row) if row.kind == 'transfer' else seconds(row)


def table(row):
    lines = [f'## {row.title}', '', *lines_of(row)]
    lines += [f'\n{note}' for note in row.notes]
    for label, why in row.failed.items():
        lines.append(f'\n{label} failed: {why}')
    return '\n'.join(lines) + '\n'


def output(*command):
    try:
        return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.strip()
    except OSError:
        return 'not there'


def machine():
    with open('/proc/meminfo', encoding='ascii') as file:
        memory = int(file.readline().split()[1]) // (1 << 20)
    with open('/etc/os-release', encoding='utf-8') as file:
        system = next(line.split('=', 1)[1].strip().strip('"') for line in file if line.startswith('PRETTY_NAME='))
    load = os.getloadavg()[0]
    packages = output('dpkg-query', '-W', '-f', '${Package} ${Version}, ', 'prosody', 'python3-slixmpp', 'openssh-server', 'libpurple0', 'haproxy', 'ejabberd')
    versions = ', '.join(part for part in packages.rstrip(',').split(', ') if part and 'no packages' not in part)
    return (f'A virtual machine with {os.cpu_count()} {platform.machine()} processors and {memory} GiB, {system}, .NET SDK {output("dotnet", "--version")}; '
            f'{versions}. Everything over its loopback; load before the run {load:.1f}.')


def dated(command):
    commit = output('git', 'rev-parse', '--short', 'HEAD')
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return f'Measured on {day} at {commit} by `{command}`'


def document(rows, command, where):
    return '\n'.join(['# Performance', '', f'{dated(command)}, which writes this page.', '', where, '', READING, *(table(row) for row in rows)])


def merged(page, rows, command, where):
    """The page with these rows in the place of those of their titles, or at its end."""
    head, *sections = page.split('\n## ')
    for row in rows:
        title, _, rest = table(row).removeprefix('## ').rstrip('\n').partition('\n')
        section = f'{title}\n\n{dated(command)}; {where.rpartition("; ")[2]}\n{rest}\n'
        places = [at for at, other in enumerate(sections) if other.partition('\n')[0] == title]
        if places:
            sections[places[0]] = section
        else:
            sections.append(section)
    return '\n## '.join([head, *(section.rstrip('\n') + '\n' for section in sections)])
