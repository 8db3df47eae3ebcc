"""Programs started, watched and measured from outside."""
import collections
import json
import os
import queue
import signal
import subprocess
import threading
import time

LONGEST = 300
SAMPLE_SECONDS = 0.02


class Failed(Exception):
    """A program did not do what it was started for."""


class Child:
    """One program: its standard output line by line with times, its processor time by wait4 and its peak memory by samples of VmHWM.

    The kernel's ru_maxrss would count what the forked harness held before exec, so it is not used.
    """

    def __init__(self, arguments, env=None, cwd=None):
        self.name = os.path.basename(arguments[0])
        self.started = time.monotonic()
        self.ended = None
        self.code = None
        self.cpu = 0.0
        self.peak = 0
        self._lines = queue.Queue()
        self._errors = collections.deque(maxlen=200)
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd, text=True, bufsize=1)
        self.pid = self._process.pid
        self._over = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._wait, self._read_output, self._read_errors, self._sample)]
        for thread in self._threads:
            thread.start()

    def write(self, line):
        self._process.stdin.write(line + '\n')
        self._process.stdin.flush()

    def event(self, *types, longest=LONGEST):
        """The next JSON line of one of these types, with the time at which it came as `seen`."""
        deadline = time.monotonic() + longest
        while True:
            try:
                line, seen = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed(self.describe(f'no {" or ".join(types)} in {longest} s')) from None
            if line is None:
                raise Failed(self.describe(f'ended without {" or ".join(types)}'))
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if found.get('type') in types:
                return {**found, 'seen': seen}

    def wait(self, longest=LONGEST):
        if not self._over.wait(longest):
            self.kill()
            raise Failed(self.describe(f'still runs after {longest} s'))
        for thread in self._threads:
            thread.join(5)
        return self.code

    def succeed(self, longest=LONGEST):
        if self.wait(longest) != 0:
            raise Failed(self.describe(f'ended with code {self.code}'))
        return self

    def terminate(self):
        if not self._over.is_set():
            os.kill(self.pid, signal.SIGTERM)
        self.wait(30)

    def kill(self):
        if not self._over.is_set():
            os.kill(self.pid, signal.SIGKILL)
            self._over.wait(10)

    def describe(self, what):
        return f'{self.name}: {what}\n' + ''.join(self._errors)

    def _wait(self):
        _, status, usage = os.wait4(self.pid, 0)
        self.ended = time.monotonic()
        self._process.returncode = self.code = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        self._over.set()

    def _read_output(self):
        for line in self._process.stdout:
            self._lines.put((line, time.monotonic()))
        self._lines.put((None, time.monotonic()))

    def _read_errors(self):
        for line in self._process.stderr:
            self._errors.append(line)

    def _sample(self):
        while not self._over.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(high_water(pid) for pid in family(self.pid)))


def family(pid):
    """A process and its descendants."""
    found = [pid]
    try:
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as file:
            for child in file.read().split():
                found += family(int(child))
    except OSError:
        pass
    return found


def high_water(pid):
    """Peak resident bytes so far; 0 once it has gone."""
    try:
        with open(f'/proc/{pid}/status', encoding='ascii', errors='replace') as file:
            for line in file:
                if line.startswith('VmHWM:'):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def cpu_so_far(pid):
    """User and system seconds of a process that runs on."""
    with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
