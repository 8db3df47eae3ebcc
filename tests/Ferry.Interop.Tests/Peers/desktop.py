"""A desktop of a test's own for clients that want one: a session bus, and a screen where wanted; gone when the test's program is."""
import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(*command, **options):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent, **options)


def first_line(read_end, write_end, what):
    """What a program writes to a descriptor of its own once it is ready."""
    os.close(write_end)
    with open(read_end, encoding="utf-8") as answers:
        line = answers.readline().strip()
    if not line:
        raise RuntimeError(f"{what} does not start")
    return line


def open_bus():
    read_end, write_end = os.pipe()
    start("/usr/bin/dbus-daemon", "--session", "--nofork", "--nopidfile", f"--print-address={write_end}", pass_fds=[write_end], stdout=subprocess.DEVNULL)
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = first_line(read_end, write_end, "dbus-daemon")


def open_screen():
    # The program chooses a free number; nobody reaches it by the network.
    read_end, write_end = os.pipe()
    start("/usr/bin/Xvfb", "-displayfd", str(write_end), "-screen", "0", "1024x768x24", "-nolisten", "tcp", pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.environ["DISPLAY"] = ":" + first_line(read_end, write_end, "Xvfb")


def settle(home):
    """All of a user's folders are below one that the test takes away."""
    os.environ["HOME"] = home
    for name, folder in (("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache"), ("XDG_STATE_HOME", "state"), ("XDG_RUNTIME_DIR", "run")):
        os.environ[name] = os.path.join(home, folder)
        os.makedirs(os.environ[name], mode=0o700, exist_ok=True)
    os.environ.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", TZ="UTC", NO_AT_BRIDGE="1", GSETTINGS_BACKEND="memory", GIO_USE_VFS="local")
