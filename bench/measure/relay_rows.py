"""The relay's rows: how fast, how much for a stream that is idle, and what silent connections do to others."""
import statistics
import sys
import time

from processes import Failed
from relays import Ejabberd, EjabberdProxy, FerrydRelay, HaProxy, ProsodyProxy, carry
from servers import Prosody, has

GB = 1_000_000_000
TOTAL = 8 * GB
SLOW_TOTAL = GB // 2     # for Prosody's proxy, which carries a tenth of a gigabyte a second
STREAMS = 20
IDLE_PAIRS = 9_000
SILENT = 50_000
WAVE = 12_500
HANDSHAKE_SECONDS = 10   # relay.handshakeTimeout as it is when nobody says


class RelayRow:
    """Its own tables; see report.table."""

    def __init__(self, name, title):
        self.name = name
        self.title = title
        self.kind = 'own'
        self.lines = []
        self.failed = {}
        self.notes = []


class RelayRows:
    """Mixed into Bench."""

    def relay(self):
        row = RelayRow('relay', 'The relay beside others')
        relays = self._relays(row)
        samples = {}
        try:
            for number in range(self.options.rounds):
                print(f'-- relay, round {number + 1}', flush=True)
                for relay in relays:
                    for streams in (1, STREAMS):
                        self._take(row, samples, relay, streams)
        finally:
            for relay in relays:
                relay.close()
        row.lines = speeds(samples)
        row.notes.append(
            'Plain sockets on either side, one program for both: bytes leave by sendfile and are dropped unread, so that little but the relay is measured. Processor seconds are '
            "the relay's process alone. HAProxy runs with one thread and forwards TCP; the others are SOCKS5 proxies (XEP-0065), theirs within their XMPP server's process. "
            "*Ours ÷ theirs* compares rates, *theirs ÷ ours* processor seconds: above 1 ferryd is the better.")
        return row

    def relayidle(self):
        row = RelayRow('relayidle', 'Many streams that are idle, many connections that are silent')
        self._idle(row)
        self._silent(row)
        return row

    def _relays(self, row):
        prosody = self._component_prosody()
        makers = [('ferryd', lambda: FerrydRelay(prosody, self.folder('ferryd'))),
                  (HaProxy.label, (lambda: HaProxy(self.folder('haproxy'))) if has(HaProxy.program) else None),
                  (EjabberdProxy.label, (lambda: EjabberdProxy(self._serve(Ejabberd(self.folder('ejabberd'))))) if has(Ejabberd.program) else None),
                  (ProsodyProxy.label, lambda: ProsodyProxy(prosody))]
        relays = []
        for label, make in makers:
            if make is None:
                continue
            try:
                relays.append(make())
            except (Failed, OSError) as error:
                row.failed[label] = str(error).splitlines()[0][:300]
                print(f'   {label}: FAILED: {error}', file=sys.stderr, flush=True)
        return relays

    def _serve(self, server):
        self._servers.append(server)
        return server

    def _component_prosody(self):
        return self._serve(Prosody(self.folder('prosody'), with_component=True))

    def _take(self, row, samples, relay, streams):
        label = f'{relay.label}, {streams}'
        if label in row.failed:
            return
        total = SLOW_TOTAL if isinstance(relay, ProsodyProxy) else TOTAL
        try:
            bytes_, seconds, cpu = carry(relay, streams, total // (16 if self.options.small else 1))
        except (Failed, OSError) as error:
            row.failed[label] = str(error).splitlines()[0][:300]
            print(f'   {relay.label}: FAILED: {error}', file=sys.stderr, flush=True)
            return
        samples.setdefault((streams, relay.label), []).append((bytes_, seconds, cpu))
        print(f'   {relay.label}, {streams}: {bytes_ / seconds / GB:.2f} GB/s, {cpu / bytes_ * GB:.2f} processor s/GB', flush=True)

    def _idle(self, row):
        pairs = IDLE_PAIRS // (16 if self.options.small else 1)
        relay = FerrydRelay(self._component_prosody(), self.folder('ferryd'), streams=20_000, streamsPerUser=20_000, idleTimeout='1h')
        try:
            load = relay.load()
            try:
                # What a first stream needs is not what each needs.
                relay.pair(load, 50)
                before = relay.resident()
                relay.pair(load, pairs - 50)
                after = relay.resident()
                open_, most = relay.descriptors()
                carried = load.ask(f'carry {10_000}', 'carried')
            finally:
                load.close()
        finally:
            relay.close()
        each = (after - before) / (pairs - 50)
        print(f'   {pairs} idle pairs: {each / 1024:.1f} KiB each', flush=True)
        row.lines += [
            '| idle pairs | resident memory of each | descriptors open | may be open | then 10 kB by each, all at once |', '|---:|---:|---:|---:|---:|',
            f'| {pairs} | {each / 1024:.1f} KiB | {open_} | {most} | {carried["seconds"]:.2f} s |', '']

    def _silent(self, row):
        """Waves of connections that say nothing, and beside them a user that carries 10 MB every time."""
        wave = WAVE // (16 if self.options.small else 1)
        relay = FerrydRelay(self._component_prosody(), self.folder('ferryd'))
        alone, beside, gone, ended, peak = [], [], [], 0, 0
        try:
            user, crowd = relay.load(), relay.load()
            try:
                alone = [self._carry_once(relay, user) for _ in range(5)]
                for _ in range(SILENT // WAVE):
                    begun = time.monotonic()
                    crowd.ask(f'silent {wave}', 'silent')
                    beside += [self._carry_once(relay, user) for _ in range(3)]
                    peak = max(peak, relay.descriptors()[0])
                    left = crowd.ask(f'gone {3 * HANDSHAKE_SECONDS}', 'gone')
                    ended += left['ended']
                    gone.append(time.monotonic() - begun)
                    if left['left']:
                        raise Failed(f'{left["left"]} silent connections are still open after {3 * HANDSHAKE_SECONDS} s')
            finally:
                user.close()
                crowd.close()
        finally:
            relay.close()
        print(f'   {ended} silent connections: the last of a wave gone after {max(gone):.1f} s', flush=True)
        row.lines += [
            '| silent connections, in waves | of | last one gone after, at most | descriptors open, at most | a user: pairing, activation and 10 MB, alone | beside them | slowest |',
            '|---:|---:|---:|---:|---:|---:|---:|',
            f'| {ended} | {wave} | {max(gone):.1f} s | {peak} | {statistics.median(alone):.3f} s | {statistics.median(beside):.3f} s | {max(beside):.3f} s |']
        row.notes.append(f'A wave counts from its first connection; an exchange has {HANDSHAKE_SECONDS} s, and more than 4096 under way end the oldest.')

    @staticmethod
    def _carry_once(relay, load):
        begun = time.monotonic()
        relay.pair(load, 1)
        load.ask('carry 10000000', 'carried')
        load.ask('drop', 'dropped')
        return time.monotonic() - begun


def speeds(samples):
    lines = ['| who | streams | GB/s | least – most | processor s/GB | ours ÷ theirs | theirs ÷ ours |', '|---|---:|---:|---:|---:|---:|---:|']
    for (streams, label), taken in sorted(samples.items(), key=lambda item: item[0][0]):
        rates = [bytes_ / seconds / GB for bytes_, seconds, _ in taken]
        cost = statistics.median(cpu / bytes_ * GB for bytes_, _, cpu in taken)
        ours = samples.get((streams, 'ferryd'))
        ratios = ['', '']
        if ours and label != 'ferryd':
            ratios = [f'{statistics.median(b / s / GB for b, s, _ in ours) / statistics.median(rates):.2f}',
                      f'{cost / statistics.median(c / b * GB for b, _, c in ours):.2f}']
        lines.append(f'| {label} | {streams} | {statistics.median(rates):.2f} | {min(rates):.2f} – {max(rates):.2f} | {cost:.2f} | {ratios[0]} | {ratios[1]} |')
    return lines
