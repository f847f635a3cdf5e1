/* One device: its dossier, and its history with what it said. What it says is shown as text, whatever it is. */

import { get } from './api.js';
import { backupsCard, formerCard, twinBanner } from './backups.js';
import { el, link } from './dom.js';
import { nights } from './nights.js';
import { card, chip, command, facts, head, pager } from './parts.js';
import { hoursWords } from './plan.js';
import { restoresCard, restoresOf } from './restores.js';
import { codeWords, colour, meaning, words } from './states.js';
import { ago, duration, now, wallText, when } from './time.js';
import { whyCard } from './why.js';

const BUSY_MS = 3000;
const IDLE_MS = 10000;
const ENTRIES = 6;

/* ---- its history ---- */

function entryLine(entry) {
    return el('li.entry', { style: { '--c': colour('entry', entry.type) } },
        when(entry.at),
        el('div', el('b', entry.type === 'RUNNING' && entry.code ? codeWords(entry.code) : words('entry', entry.type)),
            entry.messages.map((text) => el('p.said', text))));
}

function entriesOf(action) {
    const [shown, older] = [action.entries.slice(0, ENTRIES), action.entries.slice(ENTRIES)];
    return [
        el('ol.entries', shown.map(entryLine)),
        older.length > 0 && el('details', el('summary', `${older.length} earlier`), el('ol.entries', older.map(entryLine))),
    ];
}

/* What it brings: a release, or settings from a backup. */
function burden({ release, restore }) {
    return release ? link(`#/releases/${release.id}`, `${release.family} ${release.version}`) : link(`#/restores/${restore}`, `settings, restore ${restore}`);
}

function actionBlock(action) {
    const took = action.closed && duration(Date.parse(action.closed) - Date.parse(action.created));
    return el('li.action', { 'data-key': action.id },
        el('div.line-head', chip('action', action.state),
            el('h3', burden(action)),
            action.rollout && link(`#/rollouts/${action.rollout}?stage=${action.stage}`, `rollout ${action.rollout}, stage ${action.stage}`),
            el('span.muted.end', when(action.created), took && ` \u00b7 took ${took}`)),
        action.error && el('p.failure', action.error),
        entriesOf(action));
}

function history(id, items, query, next) {
    return card('History',
        items.length ? el('ol.history', items.map(actionBlock))
            : [el('p.muted', 'It was never given anything. One release, to this device only:'),
                command(`nightshift device assign ${id} --release ID`)],
        pager(`#/devices/${encodeURIComponent(id)}`, query, next));
}

/* ---- its dossier ---- */

/* What it is doing, and why it is not further: from its state and the last thing it said. */
function current(action, site) {
    const waits = action.code === 9010 && site?.window ? `its window is ${hoursWords(site.window)}, local time` : '';
    return el('section.card.now', { 'aria-label': 'Under way' },
        el('div.line-head', chip('action', action.state),
            el('h2', burden(action)),
            el('span.muted.end', 'since ', when(action.updated))),
        el('p', action.code ? `${codeWords(action.code)}` : meaning('action', action.state), waits && `; ${waits}`),
        action.rollout && el('p.muted', 'From ', link(`#/rollouts/${action.rollout}?stage=${action.stage}`, `rollout ${action.rollout}, stage ${action.stage}`),
            ', ', action.kind));
}

function admission(device) {
    if (device.state === 'active')
        return null;
    const line = { waiting: `nightshift device approve ${device.id}`, quarantined: `nightshift device approve ${device.id} --reason TEXT` }[device.state];
    return el(`div.banner.${device.state === 'quarantined' ? 'bad' : 'warn'}`, { role: 'status' },
        el('p', el('b', words('device', device.state)), `: ${meaning('device', device.state)}.`),
        device.quarantine && el('p', ago(device.quarantine.at), ': ', device.quarantine.why), line && command(line));
}

function identity(device) {
    return card('Identity', facts([
        ['family', device.family && link(`#/devices?family=${encodeURIComponent(device.family)}`, device.family)],
        ['model', device.model],
        ['serial', device.serial],
        ['tags', device.tags.length > 0 && device.tags.map((tag) => el('a.tag', { href: `#/devices?tag=${encodeURIComponent(tag)}` }, tag))],
        ['client', device.quirk],
        ['address', device.address],
        ['known', when(device.created)],
        ['enrolled', when(device.enrolled)],
    ]));
}

function place(device, site) {
    if (!device.site)
        return card('Place', el('p.muted', 'No site: it has no working hours to be kept out of.'),
            command(`nightshift device patch ${device.id} --site SITE`));
    return card('Place', facts([
        ['site', link(`#/devices?site=${encodeURIComponent(device.site)}`, device.site)],
        ['customer', site?.customer || device.customer],
        ['time there', device.zone && [el('b', wallText(device.zone, now())), el('span.muted', ` ${device.zone}`)]],
        ['window', site && (site.window ? hoursWords(site.window) : 'always')],
    ]), site?.window && nights([site], null));
}

/* Two names that are long strings or markup are still two strings in a table. */
function pairs(title, object, none) {
    const rows = Object.entries(object);
    return card(title, rows.length ? facts(rows, 'dl.facts.code') : el('p.muted', none));
}

export const device = {
    title: ({ device: d }) => d.id,
    every: ({ device: d }) => (d.action ? BUSY_MS : IDLE_MS),
    async load({ id, query }, signal) {
        const path = `devices/${encodeURIComponent(id)}`;
        const [one, past, backups, restores, custody, why] = await Promise.all([
            get(path, {}, signal), get(`${path}/history`, { limit: 10, cursor: query.cursor }, signal),
            get('backups', { device: id, limit: 10 }, signal), restoresOf(id, signal),
            get('backup-custody', {}, signal), get(`${path}/why`, {}, signal).catch(() => null)]);
        const site = one.site ? await get(`sites/${encodeURIComponent(one.site)}`, {}, signal).catch(() => null) : null;
        return { device: one, past, site, backups, restores, custody, why };
    },
    show({ device: d, past, site, backups, restores, custody, why }, { query }) {
        return [
            head(d.id, {
                crumb: ['#/devices', 'Devices'], state: chip('status', d.status), note: ['last seen ', ago(d.last_seen)],
            }),
            admission(d), twinBanner(d),
            el('div.columns.wide-left',
                el('div.column', d.action && current(d.action, site), whyCard(why), history(d.id, past.items, query, past.next),
                    backupsCard(d, backups, custody), restoresCard(d, restores, backups)),
                el('div.column', identity(d), formerCard(d), place(d, site),
                    pairs('Components', d.components, 'It has not said what it runs.'),
                    pairs('Attributes', d.attributes, 'It has not sent any.'))),
        ];
    },
};
