#!/usr/bin/python3
"""Libervia that a test drives: one JSON object a line, commands on standard input, events on standard output.

usage: libervia_peer.py backend HOME    starts the daemon on a session bus of its own, and says `ready` with the bus's address
       libervia_peer.py profile HOME BUS     one user of that daemon

Only Libervia's own daemon speaks the protocols; this file calls what its frontends call on the bus, and tells what it tells them.

Commands (`cmd`) to a profile, login first:
  login    jid password host port                                -> ready
  receive  dir [answer(accept|decline)] [frontend]
           frontend: the answer is given by `libervia-cli file receive` instead
  send     to path offer(jingle|si|any) [frontend]
           any: what Libervia chooses; frontend: by `libervia-cli file send` instead

Events (`type`):
  ready      jid, or bus
  offered    peer name
  declined
  started    name                      the stream is open
  progress   bytes                     after the first 100 kB, once
  received   bytes sha256 name         Libervia says that it is finished
  sent
  failed     condition bytes
  frontend   code output               libervia-cli has ended
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree

from gi.repository import Gio, GLib

import desktop

BUS_NAME = "org.libervia.Libervia"
PATH = "/org/libervia/Libervia/bridge"
NO_LIMIT = -1
LOOK_MILLISECONDS = 50
PROGRESS_BYTES = 100_000
CALL_MILLISECONDS = 60_000

# The programs ask the environment which Python they are to be run by.
os.environ["PATH"] = "/usr/bin:/bin"
FAILURES = ("has refused your file", "Something went wrong during the file transfer")
NAME_OFFERED = re.compile(r'wants to send the file "(.*)" to you:', re.DOTALL)


def emit(type_, **fields):
    print(json.dumps({"type": type_, **fields}), flush=True)


class Bus:
    def __init__(self):
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)

    def call(self, method, signature, *arguments, then=None, part="core"):
        def finish(bus, result):
            try:
                answer = bus.call_finish(result).unpack()
            except GLib.Error as error:
                emit("failed", condition=f"{method}: {error.message}")
                return
            if then:
                then(*answer)
        parameters = GLib.Variant(signature, arguments)
        self.bus.call(BUS_NAME, PATH, f"{BUS_NAME}.{part}", method, parameters, None, Gio.DBusCallFlags.NO_AUTO_START, CALL_MILLISECONDS, None, finish)


class Backend(Bus):
    def start(self):
        config = Path(os.environ["XDG_CONFIG_HOME"]) / "libervia"
        config.mkdir(exist_ok=True)
        (config / "libervia.conf").write_text("[DEFAULT]\nlog_level = info\n", encoding="utf-8")
        Gio.bus_watch_name_on_connection(self.bus, BUS_NAME, Gio.BusNameWatcherFlags.NONE, lambda *_: self.named(), None)
        desktop.start("/usr/bin/libervia-backend", "fg", stdout=sys.stderr)

    def named(self):
        self.call("getReady", "()", then=lambda: emit("ready", bus=os.environ["DBUS_SESSION_BUS_ADDRESS"]))


class Profile(Bus):
    def __init__(self, login):
        super().__init__()
        self.login = login
        self.name = login["jid"].partition("@")[0]
        self.receiving = None
        self.directions = {}

    # Coming up

    def start(self):
        for name, handler in (
            ("actionNew", self.action),
            ("connected", self.connected),
            ("progressStarted", self.progress_started),
            ("progressFinished", self.progress_finished),
            ("progressError", self.progress_error),
        ):
            self.bus.signal_subscribe(None, None, name, PATH, None, Gio.DBusSignalFlags.NONE, lambda *event, handler=handler: self.heard(handler, *event[5].unpack()))
        self.call("profileCreate", "(sss)", self.name, "", "", then=self.profile_created)

    def heard(self, handler, *arguments):
        # The last one of each signal is whom it is for.
        if arguments[-1] == self.name:
            handler(*arguments[:-1])

    def profile_created(self):
        self.call("profileStartSession", "(ss)", "", self.name, then=lambda _: self.set_parameters())

    def set_parameters(self):
        wanted = [
            ("JabberID", self.login["jid"] + "/libervia", "Connection"),
            ("Password", self.login["password"], "Connection"),
            ("Force server", self.login["host"], "Connection"),
            ("Force port", str(self.login["port"]), "Connection"),
            ("check_certificate", "false", "Connection"),
            # Asks a page of its maker's for the machine's address otherwise.
            ("allow_get_ip", "false", "General"),
        ]

        def next_one(*_):
            if not wanted:
                self.call("connect", "(ssa{ss})", self.name, "", {}, then=self.complete)
                return
            name, value, category = wanted.pop(0)
            self.call("setParam", "(sssis)", name, value, category, NO_LIMIT, self.name, then=next_one)
        next_one()

    def connected(self, jid):
        self.jid = jid

    def complete(self, _):
        # The signal comes while its plugins are still at it, the answer when they have ended.
        emit("ready", jid=self.jid)

    # Commands

    def do_receive(self, dir, answer="accept", frontend=False):
        self.receiving = (dir, answer, frontend)
        if frontend:
            self.run_frontend("file", "receive", "--profile", self.name, "--path", dir)

    def do_send(self, to, path, offer="any", frontend=False):
        if frontend:
            self.run_frontend("file", "send", "--profile", self.name, path, to)
        elif offer == "si":
            self.call("siSendFile", "(sssss)", to, path, "", "", self.name, part="plugin")
        else:
            self.call("fileSend", "(ssssss)", to, path, "", "", "", self.name, part="plugin", then=self.chosen)

    def chosen(self, answer):
        if "progress" not in answer:
            emit("failed", condition="no way", text=answer.get("xmlui", ""))

    def run_frontend(self, *arguments):
        process = desktop.start("/usr/bin/libervia-cli", *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

        def wait():
            output = process.communicate()[0]
            GLib.idle_add(lambda: emit("frontend", code=process.returncode, output=output))
        threading.Thread(target=wait, daemon=True).start()

    # Events

    def action(self, data, identity, limit):
        kind = data.get("meta_type")
        interface = ElementTree.fromstring(data["xmlui"]) if "xmlui" in data else None
        submit = interface.get("submit") if interface is not None else None
        if submit is None:
            self.note("".join(interface.itertext()).strip() if interface is not None else "")
            return
        if kind == "file":
            emit("offered", peer=data["meta_from_jid"], name=NAME_OFFERED.search("".join(interface.itertext()))[1])
        if self.receiving is None or self.receiving[2]:
            return
        folder, answer, _ = self.receiving
        if answer == "decline":
            reply = {"cancelled": "true", "answer": "false"}
        else:
            reply = {"path": folder, "answer": "true"}
        self.call("launchAction", "(sa{ss}s)", submit, reply, self.name)
        if kind == "file" and answer == "decline":
            emit("declined")

    def note(self, text):
        # How a sender by stream initiation is told; others are a welcome and advice.
        failed = any(word in text for word in FAILURES)
        emit("failed" if failed else "note", condition=text, bytes=0)

    def progress_started(self, identity, metadata):
        self.directions[identity] = metadata
        emit("started", name=metadata.get("name", ""))
        self.look(identity)

    def look(self, identity):
        def looked(progress):
            if int(progress.get("position", 0)) >= PROGRESS_BYTES:
                emit("progress", bytes=int(progress["position"]))
            elif identity in self.directions:
                GLib.timeout_add(LOOK_MILLISECONDS, lambda: self.look(identity) and False)
        self.call("progressGet", "(ss)", identity, self.name, then=looked)

    def progress_finished(self, identity, metadata):
        if self.directions.pop(identity, {}).get("direction") == "out":
            emit("sent", metadata=metadata)
            return
        self.arrived(metadata)

    def arrived(self, metadata):
        file = max(Path(self.receiving[0]).iterdir(), key=lambda one: one.stat().st_mtime_ns)
        content = file.read_bytes()
        emit("received", bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), name=file.name, metadata=metadata)

    def progress_error(self, identity, error):
        self.directions.pop(identity, None)
        emit("failed", condition=error, bytes=0)


def read_commands(handle):
    for line in sys.stdin:
        GLib.idle_add(handle, json.loads(line))
    os._exit(0)


def command(profile, fields):
    getattr(profile, "do_" + fields.pop("cmd"))(**fields)


desktop.settle(sys.argv[2])
if sys.argv[1] == "backend":
    desktop.open_bus()
    driver = Backend()
else:
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = sys.argv[3]
    driver = Profile(json.loads(sys.stdin.readline()))
driver.start()
threading.Thread(target=read_commands, args=[lambda fields: command(driver, fields)], daemon=True).start()
GLib.MainLoop().run()
