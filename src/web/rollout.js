/* One rollout, live: its stages, why it stands where it stands, and the devices that acted. */

import { get, list } from './api.js';
import { el, link } from './dom.js';
import { nights } from './nights.js';
import { bar, card, chip, command, facts, head, legend, number, pager, percent, table } from './parts.js';
import { ends, kindOf, patienceWords, selectionWords, sums, thresholdWords, windowWords } from './plan.js';
import { stageCard } from './stage.js';
import { codeWords, words } from './states.js';
import { ago, duration, now, when } from './time.js';

const RUNNING_MS = 2000;
const RESTING_MS = 10000;

/* ---- what it says about itself ---- */

/* heading:  tone, words before the reason, the commands that go on from here */
const next = {
    draft:   ['calm', 'This is a draft: no device sees it yet.', (id) => [`nightshift rollout start ${id}`]],
    paused:  ['warn', 'Paused: nothing new is offered, what was offered stands.', (id) => [`nightshift rollout resume ${id}`, `nightshift rollout abort ${id} --reason TEXT`]],
    halted:  ['bad', 'It stopped itself: nothing new is offered, and devices that have not begun are called back.', (id) => [`nightshift rollout abort ${id} --reason TEXT`, `nightshift rollout resume ${id}`]],
    aborted: ['calm', 'Stopped for good; what was offered was called back.', () => []],
};

function banner(rollout) {
    const row = next[rollout.state];
    if (!row)
        return null;
    const [tone, text, commands] = row;
    return el(`div.banner.${tone}`, { role: 'status' },
        rollout.reason && el('p', el('b', rollout.reason)),
        el('p', text),
        commands(rollout.id).map(command));
}

function elapsed(rollout) {
    if (!rollout.started)
        return null;
    const end = rollout.ended ? Date.parse(rollout.ended) : now();
    return [duration(end - Date.parse(rollout.started)), rollout.ended ? ' in all' : ' so far'];
}

function whole(rollout) {
    const s = sums(rollout.stages);
    const [forward, back] = ends(s.tally, (name) => `#/rollouts/${rollout.id}?state=${name}`);
    if (!rollout.started)
        return null;
    return el('section.card.whole', { 'aria-label': 'All stages' },
        el('p.big', el('b', percent(s.healthy, s.planned)), ' healthy',
            el('span.muted', ` ${number(s.healthy)} of ${number(s.planned)} devices`),
            s.failed > 0 && el('span.bad', `${number(s.failed)} failed or silent`),
            el('span.muted.end', elapsed(rollout))),
        bar(forward, { back, rest: s.rest, label: 'all stages' }),
        el('div.legend-row', legend([...forward, ...back]),
            s.rest > 0 && el('span.muted', `${number(s.rest)} not offered yet`)));
}

function plan(rollout) {
    return card('The plan', facts([
        ['release', link(`#/releases/${rollout.release.id}`, `${rollout.release.family} ${rollout.release.version}`)],
        ['for', selectionWords(rollout)],
        ['when', windowWords(rollout)],
        ['how', kindOf(rollout)],
        ['gate', thresholdWords(rollout)],
        ['patience', patienceWords(rollout)],
        ['weight', `${rollout.weight} of 1000`],
        ['made', [when(rollout.created), ' by ', rollout.created_by]],
        ['started', when(rollout.started)],
        ['ended', when(rollout.ended)],
    ]));
}

function places(rollout, sites) {
    const wanted = rollout.selection.sites;
    const shown = wanted?.length ? sites.filter((site) => wanted.includes(site.name)) : sites;
    if (rollout.urgent || shown.length === 0)
        return null;
    return card('Windows, the next 24 hours', nights(shown, rollout.window ? rollout : null));
}

/* ---- its devices ---- */

const columns = [
    ['Device', (a) => link(`#/devices/${encodeURIComponent(a.device)}`, a.device)],
    ['Stage', (a) => String(a.stage + 1), 'narrow'],
    ['State', (a) => chip('action', a.state)],
    ['What it said', (a) => a.error || (a.code && !a.closed ? codeWords(a.code) : ''), 'wide'],
    ['Since', (a) => ago(a.updated)],
];

function chosen(rollout, query) {
    const stage = query.stage === undefined ? '' : `stage ${Number(query.stage) + 1}`;
    const state = query.state ? words('action', query.state) : '';
    return [stage, state].filter(Boolean).join(', ');
}

function choices(rollout, query) {
    const at = (stage) => `#/rollouts/${rollout.id}${stage === '' ? '' : `?stage=${stage}`}`;
    const rows = [['', 'all'], ...rollout.stages.map((s) => [String(s.no), `stage ${s.no + 1}`])];
    return el('nav.choices', { 'aria-label': 'Devices of' }, rows.map(([stage, text]) =>
        el('a', { href: at(stage), 'aria-current': (query.stage ?? '') === stage && !query.state ? 'true' : null }, text)));
}

function acted(rollout, devices, query) {
    if (!rollout.started)
        return null;
    const what = chosen(rollout, query);
    return el('section.card', { 'data-key': 'acted' },
        el('div.line-head', el('h2', 'Devices', what && el('span.muted', ` ${what}`)), choices(rollout, query)),
        devices.items.length
            ? table('Devices that acted', columns, devices.items)
            : el('p.muted', what ? 'None of them just now.' : 'No device has checked in for it yet; they do when they poll.'),
        pager(`#/rollouts/${rollout.id}`, query, devices.next));
}

export const rollout = {
    title: ({ rollout: r }) => r.name,
    every: ({ rollout: r }) => (r.state === 'running' ? RUNNING_MS : RESTING_MS),
    async load({ id, query }, signal) {
        const { stage, state, cursor } = query;
        const [one, devices, sites] = await Promise.all([
            get(`rollouts/${id}`, {}, signal),
            get(`rollouts/${id}/devices`, { stage, state, cursor, limit: 50 }, signal),
            list('sites', signal)]);
        return { rollout: one, devices, sites };
    },
    show({ rollout: r, devices, sites }, { query }) {
        return [
            head(r.name, { crumb: ['#/rollouts', 'Rollouts'], state: chip('rollout', r.state) }),
            banner(r), whole(r),
            el('div.columns.wide-left',
                el('div.column', r.stages.map((stage) => stageCard(r, stage)), acted(r, devices, query)),
                el('div.column', plan(r), places(r, sites))),
        ];
    },
};
