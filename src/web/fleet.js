/* The fleet in figures: what it runs, how it stands, what is on its way. */

import { get, list } from './api.js';
import { custodyCard } from './backups.js';
import { el, link } from './dom.js';
import { nights } from './nights.js';
import { bar, card, command, empty, head, legend, number, percent, plural, segment } from './parts.js';
import { rolloutLine } from './rollouts.js';
import { namesOf } from './states.js';
import { loadTrust, trustBanners } from './trust.js';

const REFRESH_MS = 5000;
const LIVE = ['running', 'planning', 'halted', 'paused'];

const segmentsOf = (kind, counts, extra = () => ({})) =>
    namesOf(kind).map((name) => segment(kind, name, counts[name], extra(name)));

/* ---- the figures on top ---- */

function figure(words, value, note, href, tone = '') {
    const inner = [el('dt', words), el(`dd${tone && `.${tone}`}`, number(value)), el('dd.under', note)];
    return el('div.figure', href ? link(href, inner) : inner);
}

function figures(s) {
    const { in_sync: inSync = 0, error = 0, pending = 0 } = s.by_status;
    const waiting = s.by_state.waiting ?? 0;
    return el('dl.figures',
        figure('devices', s.devices, waiting ? `${number(waiting)} wait for approval` : `${number(s.by_state.active ?? 0)} active`, '#/devices'),
        figure('in sync', inSync, `${percent(inSync, s.devices)} of the fleet`, '#/devices?status=in_sync', 'good'),
        figure('pending', pending, 'have an update under way', '#/devices?status=pending'),
        figure('error', error, error ? 'failed or fell silent' : 'nothing failed', '#/devices?status=error', error ? 'bad' : ''),
        figure('seen within an hour', s.seen.hour, `${percent(s.seen.hour, s.devices)} of the fleet`));
}

/* ---- how it stands ---- */

/* The service counts hours within days within weeks; a bar shows each device once. */
function seenOf(seen) {
    const counts = {
        hour: seen.hour, day: seen.day - seen.hour, week: seen.week - seen.day, older: seen.older, never: seen.never,
    };
    return segmentsOf('seen', counts);
}

function strip(title, segments, none) {
    const some = segments.some((s) => s.count > 0);
    return el('div.strip', el('h3', title),
        some ? [bar(segments, { label: title }), legend(segments)] : el('p.muted', none));
}

function standing(s) {
    const status = segmentsOf('status', s.by_status, (name) => ({ href: `#/devices?status=${name}` }));
    const states = segmentsOf('device', s.by_state, (name) => ({ href: `#/devices?state=${name}` }));
    const odd = Object.keys(s.by_state).some((name) => name !== 'active');
    return card('How it stands',
        strip('Status', status, 'No devices.'),
        strip('Last seen', seenOf(s.seen), 'No device has checked in.'),
        strip('Open actions', segmentsOf('action', s.actions), 'No update is under way.'),
        odd && strip('Admission', states, ''));
}

/* ---- what it runs ---- */

const SHADES = 5;

/* Newest first, by the numbers in it. */
const newer = (a, b) => b.version.localeCompare(a.version, 'en', { numeric: true });

function versionBar(component, rows) {
    const segments = [...rows].sort(newer).map((row, i) => segment('version', row.version, row.devices, {
        label: row.version,
        colour: `var(--version-${Math.min(i, SHADES - 1)})`,
    }));
    return el('div.component', el('h4', component), el('div.grow', bar(segments, { label: component }), legend(segments)));
}

function familyBlock({ family, devices }, versions) {
    const components = Map.groupBy
        ? Map.groupBy(versions, (row) => row.component)
        : versions.reduce((map, row) => map.set(row.component, [...(map.get(row.component) ?? []), row]), new Map());
    return el('div.family', { 'data-key': family },
        el('h3', link(`#/devices?family=${encodeURIComponent(family)}`, family || 'no family'),
            el('span.muted', ` ${plural(devices, 'device')}`)),
        components.size
            ? [...components].map(([component, rows]) => versionBar(component, rows))
            : el('p.muted', 'None of them has said what it runs.'));
}

function running(s) {
    return card('What it runs',
        s.by_family.map((row) => familyBlock(row, s.by_version.filter((v) => v.family === row.family))));
}

/* ---- what is on its way ---- */

function moving(s, rollouts) {
    const shown = rollouts.filter((r) => LIVE.includes(r.state));
    const said = LIVE.filter((state) => s.rollouts[state] > 0).map((state) => `${number(s.rollouts[state])} ${state}`).join(', ');
    return card('On its way',
        el('p.note', said || 'No rollout is running.', ' ', link('#/rollouts', 'All rollouts')),
        shown.length ? el('ul.lines', shown.map(rolloutLine))
            : empty('To send a published release on its way:', 'nightshift rollout make --release ID --name NAME --stage 12 --stage 10% --start'));
}

function nobody() {
    return empty('No device is known yet. A claim code lets the first ones enrol by themselves:',
        'nightshift claim make --count 10 --site SITE',
        el('p.muted', 'Or name one beforehand:'), command('nightshift device add DEVICE --family FAMILY'));
}

export const fleet = {
    title: () => 'Fleet',
    every: () => REFRESH_MS,
    async load(route, signal) {
        const [summary, rollouts, sites, custody, trust] = await Promise.all([
            get('fleet/summary', {}, signal), get('rollouts', { limit: 50 }, signal), list('sites', signal),
            get('backup-custody', {}, signal), loadTrust(signal)]);
        return { summary, rollouts: rollouts.items, sites, custody, trust };
    },
    show({ summary, rollouts, sites, custody, trust }) {
        const title = head('Fleet');
        if (summary.devices === 0)
            return [title, trustBanners(trust), nobody(), moving(summary, rollouts)];
        return [title, trustBanners(trust), figures(summary), el('div.columns',
            el('div.column', moving(summary, rollouts), standing(summary)),
            el('div.column', running(summary), custodyCard(custody), sites.length > 0 && card(['Tonight ', el('span.muted', 'windows in the next 24 hours, on your clock')], nights(sites, null))))];
    },
};
