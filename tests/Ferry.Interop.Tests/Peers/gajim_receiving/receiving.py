"""Two things that Gajim 1.7.3 leaves out when it takes a file, and without which it fails after it has acknowledged the peer's request:
the properties that a file content wants and that nobody gives it when a peer offers (TypeError at session-initiate), and the values that
nbxmpp's IBBData wants and that an open and a close don't have (TypeError at either). This gives them; everything else is Gajim's own."""
from gajim.common.file_props import FilesProp
from gajim.common.jingle_ft import JingleFileTransfer
from gajim.plugins import GajimPlugin
from nbxmpp.structs import IBBData

STOCK_NEW = FilesProp.getNewFileProp
STOCK_INIT = JingleFileTransfer.__init__
STOCK_DEFAULTS = IBBData.__new__.__defaults__


def new_or_known(account, sid):
    # The properties that the content was made with are those that the offer is read into.
    return FilesProp.getFileProp(account, sid) or STOCK_NEW(account, sid)


def init(self, session, file_props=None, transport=None, senders=None):
    if file_props is None:
        file_props = STOCK_NEW(session.connection.name, session.sid)
    STOCK_INIT(self, session, file_props, transport, senders)


class ReceivingFiles(GajimPlugin):
    def init(self):
        self.config_dialog = None

    def activate(self):
        FilesProp.getNewFileProp = new_or_known
        JingleFileTransfer.__init__ = init
        IBBData.__new__.__defaults__ = (None,) * len(IBBData._fields)

    def deactivate(self):
        FilesProp.getNewFileProp = STOCK_NEW
        JingleFileTransfer.__init__ = STOCK_INIT
        IBBData.__new__.__defaults__ = STOCK_DEFAULTS
