/* One rollout, live: its stages, why it stands where it stands, and the devices that acted. */

import { get, list } from './api.js';
import { el, link } from './dom.js';
import { nights } from './nights.js';
import { bar, card, chip, command, facts, head, legend, number, pager, percent, plural, segment, table } from './parts.js';
import { ends, kindOf, patienceWords, selectionWords, sums, termsWords, thresholdWords, windowWords } from './plan.js';
import { stageCard } from './stage.js';
import { codeWords, isFailure, words } from './states.js';
import { ago, duration, now, when } from './time.js';

const RUNNING_MS = 2000;
const RESTING_MS = 10000;
const PAGE = 25;
const FAULTS = 200; /* looked at for groups that failed alike */
const NAMED = 6;

/* ---- what it says about itself ---- */

/* heading:  tone, words before the reason, the commands that go on from here */
const next = {
    draft:   ['calm', 'This is a draft: no device sees it yet.', (id) => [`nightshift rollout start ${id}`]],
    planning: ['calm', 'Started: who is in which stage is being worked out; the first stage opens then.', (id) => [`nightshift rollout abort ${id} --reason TEXT`]],
    paused:  ['warn', 'Paused: nothing new is offered, what was offered stands.', (id) => [`nightshift rollout resume ${id}`, `nightshift rollout abort ${id} --reason TEXT`]],
    halted:  ['bad', 'It stopped itself: nothing new is offered, and devices that have not begun are called back.', (id) => [`nightshift rollout abort ${id} --reason TEXT`, `nightshift rollout resume ${id}`]],
    finished: ['calm', 'It is over.', () => []],
    aborted: ['calm', 'Stopped for good; what was offered was called back.', () => []],
};

const filters = { model: 'model', site: 'site' };

/* What those share that failed, against those that did well; the reason has it in words. */
function common(cluster) {
    if (!cluster?.name)
        return null;
    const what = `${cluster.name} = ${cluster.value}`, filter = filters[cluster.kind];
    const row = (words, state, some, all) => el('li', el('span', `${words}: ${number(some)} of ${number(all)}`),
        bar([segment('action', state, some)], { rest: all - some, label: `${words} with ${what}` }));
    return el('div.common', el('p', 'With ', el('b', filter ? link(`#/devices?${new URLSearchParams({ [filter]: cluster.value })}`, what) : what)),
        el('ul', row('of those that failed', 'failed', cluster.failed, cluster.failed_all),
            row('of those that did well', 'healthy', cluster.good, cluster.good_all)));
}

/* What ran before, tonight: first, for it is what a halt asks for. */
const wayBack = (rollout) => (rollout.back?.command ? [rollout.back.command] : []);

function banner(rollout) {
    const row = next[rollout.state];
    const isPlain = rollout.state === 'finished' && !rollout.reason; // everybody got it
    if (!row || isPlain)
        return null;
    const [tone, text, commands] = row;
    return el(`div.banner.${tone}`, { role: 'status' },
        rollout.reason && el('p', el('b', rollout.reason)),
        common(rollout.cluster),
        el('p', text),
        rollout.back && el('p.sentence', rollout.back.text),
        [...wayBack(rollout), ...commands(rollout.id)].map(command));
}

function elapsed(rollout) {
    if (!rollout.started)
        return null;
    const end = rollout.ended ? Date.parse(rollout.ended) : now();
    return [duration(end - Date.parse(rollout.started)), rollout.ended ? ' in all' : ' so far'];
}

function whole(rollout) {
    const s = sums(rollout.stages);
    const [forward, back] = ends(s.tally, (name) => `#/rollouts/${rollout.id}?stage=all&state=${name}`);
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
        ['terms', termsWords(rollout)],
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
    return card(['Windows ', el('span.muted', 'the next 24 hours on your clock')], nights(shown, rollout.window ? rollout : null));
}

/* ---- what went wrong ---- */

/* Devices that failed alike, the largest group first. */
function alike(failed) {
    const groups = new Map();
    for (const action of failed) {
        const why = action.error || (action.state === 'silent' ? 'nothing heard past its deadline' : 'no reason given');
        groups.set(why, [...(groups.get(why) ?? []), action.device]);
    }
    return [...groups].sort((a, b) => b[1].length - a[1].length);
}

function faults(failed) {
    if (failed.length === 0)
        return null;
    return el('section.card', { 'data-key': 'faults' }, el('h2', 'What went wrong'),
        el('ul.faults', alike(failed).map(([why, devices]) => el('li', { 'data-key': why },
            el('b.bad', plural(devices.length, 'device')), el('span.failure', why),
            el('span.muted', devices.slice(0, NAMED).map((id) => [link(`#/devices/${encodeURIComponent(id)}`, id), ' ']),
                devices.length > NAMED && `and ${number(devices.length - NAMED)} more`)))));
}

/* ---- its devices ---- */

/* The failure, or the phase where it says more than the state. */
function saidOf(action) {
    const phase = action.code && !action.closed ? codeWords(action.code) : '';
    return action.error || (phase === words('action', action.state) ? '' : phase);
}

const columns = [
    ['Device', (a) => link(`#/devices/${encodeURIComponent(a.device)}`, a.device)],
    ['Stage', (a) => String(a.stage), 'narrow'],
    ['State', (a) => chip('action', a.state), 'lead'],
    ['What it said', saidOf, 'wide'],
    ['Since', (a) => ago(a.updated)],
];

/* Without a wish, the stage that is being offered. */
const stageWanted = (rollout, query) => query.stage ?? String(rollout.stage);

function chosen(rollout, query) {
    const wanted = stageWanted(rollout, query);
    const state = query.state ? words('action', query.state) : '';
    return [wanted === 'all' ? 'all stages' : `stage ${wanted}`, state].filter(Boolean).join(', ');
}

function choices(rollout, query) {
    const rows = [['all', 'all stages'], ...rollout.stages.filter((s) => s.opened).map((s) => [String(s.no), `stage ${s.no}`])];
    return el('nav.choices', { 'aria-label': 'Devices of' }, rows.map(([stage, text]) =>
        el('a', {
            href: `#/rollouts/${rollout.id}?stage=${stage}`,
            'aria-current': stageWanted(rollout, query) === stage && !query.state ? 'true' : null,
        }, text)));
}

function acted(rollout, devices, query) {
    if (!rollout.started)
        return null;
    const what = chosen(rollout, query);
    return el('section.card', { 'data-key': 'acted' },
        el('div.line-head', el('h2', 'Devices ', el('span.muted', what)), choices(rollout, query)),
        devices.items.length
            ? table('Devices that acted', columns, devices.items)
            : el('p.muted', query.state ? 'None of them just now.' : 'No device has checked in for it yet; they do when they poll.'),
        pager(`#/rollouts/${rollout.id}`, query, devices.next));
}

export const rollout = {
    title: ({ rollout: r }) => r.name,
    every: ({ rollout: r }) => (r.state === 'running' || r.state === 'planning' ? RUNNING_MS : RESTING_MS),
    async load({ id, query }, signal) {
        const [one, sites] = await Promise.all([get(`rollouts/${id}`, {}, signal), list('sites', signal)]);
        const stage = stageWanted(one, query);
        const devices = await get(`rollouts/${id}/devices`,
            { state: query.state, cursor: query.cursor, stage: stage === 'all' ? '' : stage, limit: PAGE }, signal);
        const states = Object.keys(sums(one.stages).tally).filter(isFailure);
        const failed = await Promise.all(states.map((name) => get(`rollouts/${id}/devices`, { state: name, limit: FAULTS }, signal)));
        return { rollout: one, devices, sites, failed: failed.flatMap((answer) => answer.items) };
    },
    show({ rollout: r, devices, sites, failed }, { query }) {
        return [
            head(r.name, { crumb: ['#/rollouts', 'Rollouts'], state: chip('rollout', r.state) }),
            banner(r), whole(r),
            el('div.columns.wide-left',
                el('div.column', r.stages.map((stage) => stageCard(r, stage)), faults(failed), acted(r, devices, query)),
                el('div.column', plan(r), places(r, sites))),
        ];
    },
};
