# Gajim looks at every name in here for a class of plugins.
from .receiving import ReceivingFiles
