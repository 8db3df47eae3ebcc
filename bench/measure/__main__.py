"""Measures Ferry beside others; bench/run.sh starts it at the root of the repository."""
import argparse
import os
import signal
import sys

import report
from processes import Failed
from rows import Bench

ROWS = ('s5b', 'proxy', 'ibb', 'firstbyte', 'many', 'startup', 'relay', 'relayidle', 'index')
PAGE = 'docs/performance.md'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--dir')
    for switch in ('--long', '--small', '--write'):
        parser.add_argument(switch, action='store_true')
    parser.add_argument('rows', nargs='*', choices=[*ROWS, []])
    options = parser.parse_args()
    # An end by signal cleans up as every other.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    where = report.machine()
    bench = Bench(options)
    done = []
    try:
        for name in options.rows or ROWS:
            done.append(getattr(bench, name)())
    except (Failed, KeyboardInterrupt) as error:
        print(f'bench: {error!r}', file=sys.stderr)
        return 1
    finally:
        bench.close()
        for row in done:
            print('\n' + report.table(row))
    if options.write or not (options.rows or options.small):
        command = ' '.join(['bench/run.sh', *sys.argv[1:]])
        # Some rows take their places on the page, with a date of their own; the rest of it stays.
        with open(PAGE, encoding='utf-8') as page:
            text = report.merged(page.read(), done, command, where) if options.rows else report.document(done, command, where)
        with open(PAGE, 'w', encoding='utf-8') as page:
            page.write(text)
        print(f'{PAGE} is written')
    return 1 if any(row.failed for row in done) else 0


if __name__ == '__main__':
    # Children started in this group get Ctrl-C as well; those that are left are ended by Bench.close.
    os.environ.setdefault('PYTHONDONTWRITEBYTECODE', '1')
    sys.exit(main())
