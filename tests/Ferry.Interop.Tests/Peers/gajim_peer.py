#!/usr/bin/python3
"""Gajim that a test drives, on a screen and a session bus of its own: one JSON object a line, commands on standard input, events on standard output.

usage: gajim_peer.py HOME

Only Gajim's own code speaks the protocols; this file calls what its windows call, and tells what it tells them.

Commands (`cmd`), login first:
  login    jid password host port certificate files_port [receiving] [proxies] [addresses]    -> ready
           receiving: the plugin beside this file that lets Gajim 1.7.3 take files; proxies: offers the server's; addresses: offers these as its own
  receive  dir [answer(accept|decline)] [close_after]
  send     to path [close_after]
  greet    to                                                             directed presence, as contacts have it
  search   at fields                                                      -> found

Events (`type`):
  ready      jid
  offered    peer name size hash
  declined
  progress   bytes                     something has come in or gone out
  received   bytes sha256 name         Gajim says that the file is complete
  sent
  cancelled  bytes                     we gave up midway, as told by close_after
  failed     condition bytes
  ended      condition how             the session's reason
  fault      error text at             an error that Gajim would show its user in a window, and where it came from
  found      form rows                 the fields of the form that the search window showed, and the lines of its result
"""
import hashlib
import json
import logging
import os
import shutil
import sqlite3
import sys
import threading
import traceback
from pathlib import Path

import desktop

LOOK_MILLISECONDS = 20
ACCOUNT = "peer"

home = sys.argv[1]
login = json.loads(sys.stdin.readline())
# What Gajim and its libraries print goes to standard error.
events = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
os.dup2(2, 1)
desktop.settle(home)
desktop.open_bus()
desktop.open_screen()
# Gajim doesn't want to run as root; in a container that runs the tests there may be nobody else.
os.geteuid = lambda: os.getuid() or 1

import gajim.gajim as program  # noqa: E402

# As the program itself does before anything of the window system is loaded.
program._check_required_deps()

from gi.repository import GLib  # noqa: E402
from nbxmpp.namespaces import Namespace  # noqa: E402
from nbxmpp.protocol import JID  # noqa: E402
from gajim.common import app, configpaths, ged, settings  # noqa: E402
from gajim.common.file_props import FilesProp  # noqa: E402


def emit(type_, **fields):
    events.write(json.dumps({"type": type_, **fields}) + "\n")


def fault(kind, error, trace):
    traceback.print_exception(kind, error, trace)
    emit("fault", error=kind.__name__, text=str(error), at=[f"{Path(frame.filename).name} {frame.name}" for frame in traceback.extract_tb(trace)])


def configure():
    """Writes what a user would have set before the first start."""
    root = Path(home) / "gajim"
    root.mkdir()
    configpaths.set_config_root(str(root))
    configpaths.init()
    configpaths.create_paths()
    trusted = configpaths.get("CERT_STORE")
    # Gajim trusts certificates that its user said yes to, and no authorities besides the system's.
    shutil.copy(login["certificate"], trusted / "server")
    plugins = configpaths.get("PLUGINS_USER")
    if login.get("receiving"):
        shutil.copytree(Path(__file__).parent / "gajim_receiving", plugins / "gajim_receiving", ignore=shutil.ignore_patterns("__pycache__"))
    jid = JID.from_string(login["jid"])
    general = {
        "use_keyring": False,
        "remote_control": True,
        "file_transfers_port": login["files_port"],
        "ft_add_hosts_to_send": ",".join(login.get("addresses") or []),
        "notify_on_file_complete": False,
        "check_for_update": False,
        "trayicon": "never",
        "show_main_window_on_startup": "never",
        "sounds_on": False,
    }
    account = {
        "active": True,
        "name": jid.localpart,
        "hostname": jid.domain,
        "password": login["password"],
        "savepass": True,
        "resource": "gajim",
        "autoconnect": True,
        "use_custom_host": True,
        "custom_host": login["host"],
        "custom_port": login["port"],
        "custom_type": "START TLS",
        "use_ft_proxies": bool(login.get("proxies")),
        "test_ft_proxies_on_startup": False,
        "filetransfer_preference": "jingle",
        "ft_send_local_ips": True,
    }
    path = configpaths.get("SETTINGS")
    store = sqlite3.connect(path)
    store.executescript(settings.CREATE_SQL)
    store.execute("UPDATE settings SET settings = ? WHERE name = 'app'", (json.dumps(general),))
    store.execute("UPDATE settings SET settings = ? WHERE name = 'plugins'", (json.dumps({"gajim_receiving": {"active": True}}),))
    store.execute("INSERT INTO account_settings(account, settings) VALUES (?, ?)", (ACCOUNT, json.dumps({"account": account, "contact": {}, "group_chat": {}})))
    store.commit()
    store.close()


class Faults(logging.Handler):
    """The library logs what its handlers of stanzas throw."""
    def emit(self, record):
        if record.exc_info:
            fault(*record.exc_info)


class Driver:
    def __init__(self):
        self.receiving = None
        self.close_after = None
        self.watched = None
        self.dialog = None

    @property
    def client(self):
        return app.get_client(ACCOUNT)

    @property
    def transfers(self):
        return app.interface.instances["file_transfers"]

    def listen(self):
        logging.getLogger("nbxmpp").addHandler(Faults())
        for name, handler in (
            ("signed-in", self.signed_in),
            ("file-request-received", self.offered),
            ("file-completed", self.completed),
            ("file-hash-error", lambda event: self.failed(event, "hash")),
            ("file-error", lambda event: self.failed(event, "file")),
            ("file-request-error", lambda event: self.failed(event, "request")),
            ("file-send-error", lambda event: self.failed(event, "send")),
            ("jingle-error-received", self.session_ended),
            ("jingle-ft-cancelled-received", self.session_ended),
            ("jingle-disconnected-received", self.session_ended),
        ):
            app.ged.register_event_handler(name, ged.GUI2, handler)
        threading.Thread(target=self.read_commands, daemon=True).start()

    def when(self, condition, then):
        """Calls `then` once the condition holds."""
        if condition():
            then()
        else:
            GLib.timeout_add(LOOK_MILLISECONDS, lambda: (then(), False)[1] if condition() else True)

    def read_commands(self):
        for line in sys.stdin:
            GLib.idle_add(self.command, json.loads(line))
        os._exit(0)

    def command(self, command):
        getattr(self, "do_" + command.pop("cmd"))(**command)

    # Commands

    def do_receive(self, dir, answer="accept", close_after=None):
        self.receiving = (dir, answer)
        self.close_after = close_after

    def do_send(self, to, path, close_after=None):
        self.close_after = close_after
        jid = JID.from_string(to)
        contact = self.client.get_module("Contacts").get_contact(jid)
        # Gajim offers only to whom it sees.
        self.do_greet(to)
        self.client.get_module("Discovery").disco_contact(contact)
        self.when(
            lambda: contact.supports(Namespace.JINGLE_FILE_TRANSFER_5),
            lambda: self.offer(contact.jid.bare, jid, path))

    def do_greet(self, to):
        self.client.get_module("Presence").send_presence(to)

    def offer(self, bare, jid, path):
        contact = self.client.get_module("Contacts").get_contact(bare)
        if not self.transfers.send_file(ACCOUNT, contact, jid, path):
            emit("failed", condition="refused by Gajim itself")
            return
        self.watch([props for props in FilesProp.getAllFileProp() if props.file_name == path][-1])

    def do_search(self, at, fields):
        from gajim.gtk.component_search import ComponentSearch
        dialog = self.dialog = ComponentSearch(ACCOUNT, at)
        self.when(lambda: self.page(dialog) in ("form", "error"), lambda: self.fill(dialog, fields))

    @staticmethod
    def page(dialog):
        return dialog.get_current_page()

    def fill(self, dialog, fields):
        if self.page(dialog) == "error":
            emit("failed", condition="no form")
            return
        form = dialog.get_page("form")._dataform_widget._form_node
        shown = [{"var": field.var, "label": field.label, "type": field.type_} for field in form.iter_fields()]
        for field in form.iter_fields():
            if field.var in fields:
                field.value = fields[field.var]
        dialog._on_button_clicked(dialog, "search")
        self.when(lambda: self.page(dialog) in ("result", "error"), lambda: self.read(dialog, shown))

    def read(self, dialog, shown):
        if self.page(dialog) == "error":
            emit("failed", condition="no result", form=shown)
            return
        tree = dialog.get_page("result")._treeview
        titles = [column.get_title() for column in tree.get_columns()] if tree else []
        rows = [dict(zip(titles, row)) for row in tree.get_model()] if tree else []
        emit("found", form=shown, rows=rows)
        dialog.destroy()

    # Events

    def proxy_known(self):
        return not login.get("proxies") or app.proxy65_manager.get_proxy(app.proxy65_manager.get_default_for_name(ACCOUNT), ACCOUNT)[0]

    def signed_in(self, event):
        self.when(self.proxy_known, lambda: emit("ready", jid=str(self.client.get_own_jid())))

    def offered(self, event):
        props = event.file_props
        emit("offered", peer=event.fjid, name=props.name, size=props.size, hash=props.algo)
        if self.receiving is None:
            return
        folder, answer = self.receiving
        if answer == "decline":
            self.client.get_module("Bytestream").send_file_rejection(props)
            emit("declined")
            return
        contact = self.client.get_module("Contacts").get_contact(event.jid)
        self.watch(props)
        # As the dialogue for saving calls it; a name with a path in it is the dialogue's business.
        self.transfers._start_receive(os.path.join(folder, os.path.basename(props.name)), ACCOUNT, contact, props)

    def watch(self, props):
        self.watched = props
        GLib.timeout_add(LOOK_MILLISECONDS, self.look, props, self.close_after)

    def look(self, props, close_after):
        if props is not self.watched or props.stopped or props.completed:
            return False
        if not props.received_len:
            return True
        if close_after is None:
            emit("progress", bytes=props.received_len)
            return False
        if props.received_len < close_after:
            return True
        self.watched = None
        emit("cancelled", bytes=props.received_len)
        self.transfers.cancel_transfer(props)
        return False

    def completed(self, event):
        props = event.file_props
        if props.type_ == "s":
            emit("sent")
            return
        with open(props.file_name, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        emit("received", bytes=os.path.getsize(props.file_name), sha256=digest, name=os.path.basename(props.file_name))

    def failed(self, event, condition):
        props = event.file_props
        emit("failed", condition=condition, error=props.error, bytes=props.received_len or 0, text=getattr(event, "error_msg", ""))

    def session_ended(self, event):
        emit("ended", condition=event.reason, how=event.name)
        props = FilesProp.getFilePropBySid(event.sid)
        # Gajim's own end of a session that it has received by is success whatever has become of the file.
        if props is not None and not props.completed and props.error != -1 and event.reason != "success":
            emit("failed", condition=event.reason, bytes=props.received_len or 0)


configure()
program._set_proc_title()
program._set_env_vars()
program._init_gui("GTK")
# Gajim shows its own errors in a window.
sys.excepthook = fault
driver = Driver()
# The first thing that the program's loop does; its start-up has no part of the window system's left to do then.
GLib.idle_add(lambda: driver.listen() and False)
sys.argv = ["gajim", "--config-path", str(Path(home) / "gajim"), "--loglevel", os.environ.get("FERRY_GAJIM_LOG", "WARNING")]
program._run_app()
