"""Gajim 1.7.3 makes the contents of a peer's session without the file's properties, and its file contents want them: every file that is offered
ends in a TypeError after session-initiate was acknowledged. This gives the missing arguments back; everything else is Gajim's own."""
from gajim.common.file_props import FilesProp
from gajim.common.jingle_ft import JingleFileTransfer
from gajim.plugins import GajimPlugin

STOCK_NEW = FilesProp.getNewFileProp
STOCK_INIT = JingleFileTransfer.__init__


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

    def deactivate(self):
        FilesProp.getNewFileProp = STOCK_NEW
        JingleFileTransfer.__init__ = STOCK_INIT
