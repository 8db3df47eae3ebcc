-- Tells clients how large a stanza may be (XEP-0478), as Prosody does by itself from version 13 on. Debian's 0.12 has the limit (c2s_stanza_size_limit, 256 KiB) and keeps quiet about it.
module:hook("stream-features", function (event)
	local limit = event.origin.stanza_size_limit;
	if not limit then return; end
	event.features:tag("limits", { xmlns = "urn:xmpp:stream-limits:0" }):text_tag("max-bytes", string.format("%d", limit)):up();
end);
