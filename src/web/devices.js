/* The devices, filtered. The filter lives in the address, so it can be kept and sent. */

import { get, list } from './api.js';
import { el, link } from './dom.js';
import { chip, command, empty, head, pager, table } from './parts.js';
import { namesOf, words } from './states.js';
import { ago } from './time.js';

const REFRESH_MS = 10000;
const PAGE = 50;

/* ---- the filter ---- */

function option(value, text, wanted) {
    return el('option', { value, selected: value === wanted }, text);
}

function choice(name, label, pairs, query) {
    const wanted = query[name] ?? '';
    return el('label', label, el('select', { name },
        option('', 'any', wanted), pairs.map(([value, text]) => option(value, text, wanted))));
}

function field(name, label, query, hint) {
    return el('label', label,
        el('input', { name, type: 'search', value: query[name] ?? '', placeholder: hint, maxlength: 128, spellcheck: 'false' }));
}

function apply(event) {
    const filled = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
    event.preventDefault();
    location.hash = `#/devices${filled.length ? `?${new URLSearchParams(filled)}` : ''}`;
}

const states = (kind) => namesOf(kind).map((name) => [name, words(kind, name)]);
const named = (rows) => rows.map(({ name }) => [name, name]);

function filters(query, families, sites) {
    return el('form.filters', { role: 'search', 'aria-label': 'Devices', onsubmit: apply, onchange: apply },
        field('q', 'Device begins with', query, 'MFP-10'),
        choice('status', 'Status', states('status'), query),
        choice('family', 'Family', named(families), query),
        field('model', 'Model', query, 'exactly'),
        choice('site', 'Site', named(sites), query),
        field('tag', 'Tag', query, 'exactly'),
        choice('state', 'Admission', states('device'), query),
        el('button.quiet', { type: 'submit' }, 'Filter'),
        Object.keys(query).length > 0 && link('#/devices', 'Clear'));
}

/* ---- the rows ---- */

function versionsOf(device) {
    const { system, ...others } = device.components;
    const count = Object.keys(others).length;
    const all = Object.entries(device.components).map((pair) => pair.join(' ')).join(', ');
    if (!system && !count)
        return el('span.muted', 'not said');
    return el('span', { title: all }, system ?? all, system && count > 0 && el('span.muted', ` +${count}`));
}

const columns = [
    ['Device', (d) => link(`#/devices/${encodeURIComponent(d.id)}`, d.id)],
    ['Status', (d) => [chip('status', d.status), d.state !== 'active' && chip('device', d.state)], 'lead'],
    ['Model', (d) => [d.model || el('span.muted', 'not said'), d.family && el('span.muted', ` ${d.family}`)]],
    ['System', versionsOf],
    ['Site', (d) => d.site || el('span.muted', 'none')],
    ['Under way', (d) => d.action && [chip('action', d.action.state), el('span.muted', ` ${d.action.release?.version ?? 'restore'}`)]],
    ['Tags', (d) => d.tags.map((tag) => el('span.tag', tag)), 'tags'],
    ['Last seen', (d) => ago(d.last_seen)],
];

function none(query) {
    if (Object.keys(query).length)
        return el('div.empty', el('p', 'No device fits this filter.'), el('p', link('#/devices', 'Show all devices')));
    return empty('No device is known yet. A claim code lets the first ones enrol by themselves:',
        'nightshift claim make --count 10 --site SITE',
        el('p.muted', 'Or name one beforehand:'), command('nightshift device add DEVICE --family FAMILY'));
}

export const devices = {
    title: () => 'Devices',
    every: () => REFRESH_MS,
    async load({ query }, signal) {
        const [page, families, sites] = await Promise.all([
            get('devices', { ...query, limit: PAGE }, signal), list('families', signal), list('sites', signal)]);
        return { page, families, sites };
    },
    show({ page, families, sites }, { query }) {
        return [
            head('Devices'),
            filters(query, families, sites),
            page.items.length ? el('div.card.flush', table('Devices', columns, page.items)) : none(query),
            pager('#/devices', query, page.next),
        ];
    },
};
