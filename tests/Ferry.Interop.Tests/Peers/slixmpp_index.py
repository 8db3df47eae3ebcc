#!/usr/bin/python3
"""Two slixmpp clients at an index of files: one publishes, the other asks in every way that slixmpp's own plugins have. One JSON object on standard output.

Arguments: one JSON object: host port ca index owner owner_password asker asker_password
"""
import asyncio
import json
import ssl
import sys

import slixmpp
from slixmpp.exceptions import XMPPError
from slixmpp.plugins.xep_0055.stanza import Search
from slixmpp.plugins.xep_0059 import ResultIterator, Set
from slixmpp.xmlstream import ET, register_stanza_plugin

INDEX = 'urn:ferry:jabberfs:index:1'
FILE = 'urn:xmpp:jingle:apps:file-transfer:5'
FILES = 25
SECONDS = 60


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca):
        super().__init__(jid, password)
        for plugin in ('xep_0030', 'xep_0004', 'xep_0050', 'xep_0059'):
            self.register_plugin(plugin)
        self.register_plugin('xep_0055', {'provide_search': False})
        register_stanza_plugin(Search, Set)
        self.ca_certs = ca
        self.ready = asyncio.get_event_loop().create_future()
        self.said = asyncio.Queue()
        self.add_event_handler('session_start', self.on_start)
        self.add_event_handler('message', lambda message: self.said.put_nowait(message['body']))

    def on_start(self, _):
        self.send_presence()
        self.ready.set_result(None)


async def log_in(jid, password, settings):
    client = Client(jid, password, settings['ca'])
    client.connect((settings['host'], settings['port']))
    await asyncio.wait_for(client.ready, SECONDS)
    return client


async def publish(owner, index):
    publish = ET.Element(f'{{{INDEX}}}publish', share='docs', generation='1', mode='full', series='1', visibility='everybody')
    for number in range(FILES):
        name = f'report {number:02}.pdf'
        add = ET.SubElement(publish, f'{{{INDEX}}}add', path=f'papers/{name}')
        file = ET.SubElement(add, f'{{{FILE}}}file')
        ET.SubElement(file, f'{{{FILE}}}name').text = name
        ET.SubElement(file, f'{{{FILE}}}size').text = str(1000 + number)
        ET.SubElement(file, f'{{{FILE}}}media-type').text = 'application/pdf'
    ET.SubElement(publish, f'{{{INDEX}}}commit')
    iq = owner.make_iq_set(publish, ito=index)
    answer = await iq.send(timeout=SECONDS)
    return int(answer.xml[0].get('count'))


def search(client, index, **fields):
    iq = client['xep_0055'].make_search_iq(ito=index)
    for name, value in fields.items():
        iq['search']['form'].add_field(var='x-' + name, value=value)
    return iq


def rows(answer):
    return [dict(item) for item in answer['search']['form']['items']]


async def refused(iq):
    try:
        await iq.send(timeout=SECONDS)
        return 'result'
    except XMPPError as error:
        return error.condition


async def pages(client, index, reverse):
    names = []
    async for answer in ResultIterator(search(client, index, name='report'), 'search', amount=10, reverse=reverse):
        page = [row['nick'] for row in rows(answer)]
        names = page + names if reverse else names + page
    return names


async def tree(client, index, owner):
    async def below(node):
        answer = await client['xep_0030'].get_items(jid=index, node=node, timeout=SECONDS)
        return [item[1] for item in answer['disco_items']['items']]

    found = [await below(node) for node in ('files', f'files/{owner}', f'files/{owner}/docs')]
    listed = []
    iterator = client['xep_0030'].get_items(jid=index, node=f'files/{owner}/docs/papers', iterator=True)
    if asyncio.iscoroutine(iterator):
        iterator = await iterator
    async for page in iterator:
        listed += [item[1] for item in page['disco_items']['items']]
    return {'above': found, 'files': len(listed), 'first': listed[0]}


async def command(client, index):
    done = asyncio.get_event_loop().create_future()

    def fill(iq, session):
        form = iq['command']['form']
        form['type'] = 'submit'
        form.set_values({'x-name': 'report*', 'x-type': 'document', 'x-minsize': '1020'})
        session['payload'] = form
        session['next'] = lambda iq, session: done.set_result(iq)
        client['xep_0050'].complete_command(session)

    def failed(iq, session):
        done.set_exception(RuntimeError(str(iq)))

    client['xep_0050'].start_command(index, 'search', {'next': fill, 'error': failed})
    answer = await asyncio.wait_for(done, SECONDS)
    return {'status': answer['command']['status'], 'rows': len(answer['command']['form']['items'])}


async def run(settings):
    index = settings['index']
    owner = await log_in(settings['owner'], settings['owner_password'], settings)
    asker = await log_in(settings['asker'], settings['asker_password'], settings)
    result = {'published': await publish(owner, index)}
    owner.send_presence(pto=index)
    info = await asker['xep_0030'].get_info(jid=index, timeout=SECONDS)
    result['features'] = sorted(info['disco_info']['features'])
    fields = asker.make_iq_get(ito=index)
    fields.enable('search')
    result['fields'] = list((await fields.send(timeout=SECONDS))['search']['form'].get_fields())
    # Presence is told by nobody: it has arrived when a hit says so.
    for _ in range(600):
        answer = await search(asker, index, name='report 07').send(timeout=SECONDS)
        if '/' in rows(answer)[0]['jid']:
            break
        await asyncio.sleep(0.1)
    result['columns'] = list(answer['search']['form'].get_reported())
    result['hit'] = rows(answer)
    result['owner_is'] = owner.boundjid.full
    result['nothing'] = len(rows(await search(asker, index, name='nothing').send(timeout=SECONDS)))
    result['empty'] = await refused(search(asker, index, name=''))
    result['forwards'] = await pages(asker, index, False)
    result['backwards'] = await pages(asker, index, True)
    result['tree'] = await tree(asker, index, owner.boundjid.bare)
    commands = await asker['xep_0050'].get_commands(index)
    result['commands'] = [item[1] for item in commands['disco_items']['items']]
    result['command'] = await command(asker, index)
    asker.send_message(mto=index, mbody='find report 07', mtype='chat')
    result['said'] = await asyncio.wait_for(asker.said.get(), SECONDS)
    print(json.dumps(result), flush=True)
    for client in (owner, asker):
        client.disconnect()
        await client.disconnected


asyncio.get_event_loop().run_until_complete(run(json.loads(sys.argv[1])))
