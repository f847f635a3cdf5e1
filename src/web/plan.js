/* A rollout's plan in words: for whom, in which steps, when, and what stops it. Also its sums. */

import { el, link } from './dom.js';
import { isBack, isFailure, namesOf } from './states.js';
import { endOf } from './nights.js';
import { number, plural, segment } from './parts.js';
import { when } from './time.js';

const DAYS = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'];
const DAY_WORDS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const or = (items) => (items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`);

/* Three and more days in a row read "Mon to Fri". */
export function daysWords(days) {
    const on = DAYS.map((day) => days.includes(day));
    const runs = [];
    on.forEach((is, i) => {
        if (is && on[i - 1])
            runs.at(-1).push(i);
        else if (is)
            runs.push([i]);
    });
    if (on.every(Boolean))
        return 'every day';
    return runs.flatMap((run) => (run.length > 2 ? [`${DAY_WORDS[run[0]]} to ${DAY_WORDS[run.at(-1)]}`] : run.map((i) => DAY_WORDS[i]))).join(', ');
}

export const hoursWords = (window) => `${window.start} to ${endOf(window)}, ${window.rule ?? daysWords(window.days)}`;

export function windowWords(rollout) {
    if (rollout.urgent)
        return 'urgent: does not wait for windows';
    if (!rollout.window)
        return 'the window of each site';
    return `${hoursWords(rollout.window)}, ${rollout.window.zone ? rollout.window.zone : 'local time at each site'}`;
}

/* heading:  words of one list of a selection */
const lists = [
    ['families', (x) => `of family ${or(x)}`],
    ['models', (x) => `of model ${or(x)}`],
    ['sites', (x) => `at ${or(x)}`],
    ['tags', (x) => `tagged ${or(x)}`],
    ['devices', (x) => (x.length > 6 ? `out of ${number(x.length)} named ones` : `named ${or(x)}`)],
];

export function selectionWords(rollout) {
    const { selection } = rollout;
    const said = lists.filter(([name]) => selection[name]?.length).map(([name, say]) => say(selection[name]));
    const attributes = Object.entries(selection.attributes ?? {}).map(([name, value]) => `with ${name} = ${value}`);
    const all = [...said, ...attributes];
    return all.length ? `devices ${all.join(', ')}` : `every device of family ${rollout.release.family}`;
}

const stageWords = {
    count: (s) => `the first ${plural(s.value, 'device')}`,
    percent: (s) => `${s.value}\u00a0% of the devices`,
    group: (s) => `devices tagged ${s.tag}`,
    canary: (s) => `${plural(s.value, 'device')} that cover every model and mix of options`,
    rest: () => 'everyone else',
};
export const whoWords = (stage) => stageWords[stage.kind]?.(stage) ?? stage.kind;

const kindWords = {
    forced: 'forced: devices do not ask anybody',
    soft: 'soft: devices may put it off',
    timeforced: 'soft at first, then forced',
    downloadonly: 'download only, nothing is installed',
};
export const kindOf = (rollout) => kindWords[rollout.kind] ?? rollout.kind;

export function thresholdWords({ thresholds: t }) {
    const few = t.min_failures > 1 ? `, from ${plural(t.min_failures, 'failure')} on` : '';
    return `halts when more than ${t.fail_percent}\u00a0% of a stage fail${few}; ${t.healthy_percent}\u00a0% healthy open the next stage`;
}

export function patienceWords({ thresholds: t }) {
    const soak = t.soak_min ? `; healthy after ${plural(t.soak_min, 'minute')} of soak` : '';
    return `silent for ${plural(t.deadline_h, 'hour')} counts as failed${soak}`;
}

/* term:  words of it; NAMES are as `nightshift rollout terms` lists them */
const termWords = {
    urgent_reason: (x) => `urgent because: ${x}`,
    starts: (x) => ['starts by itself ', when(x)],
    earliest: (x) => ['no install before ', when(x)],
    latest: (x) => ['no install from ', when(x), ' on'],
    download_window: (x) => `downloads from ${x.start} to ${x.end} only`,
    quiet: (x) => `each device in its own quietest ${plural(x.minutes, 'minute')} between ${x.from} and ${x.to}`,
    approved: () => 'a person opens each further stage',
    soak_workday: () => 'a stage waits for a working day',
    site_most: (x) => `at most ${plural(x, 'machine')} of a site at once`,
    site_percent: (x) => `at most ${x}\u00a0% of a site's machines at once`,
    keep_one: () => 'never the last working machine of a site',
    at_once: (x) => `at most ${plural(x, 'device')} at once`,
    at_once_site: (x) => `at most ${plural(x, 'device')} of a site hold it at once`,
    bytes_hour: (x) => `at most ${number(x)} bytes an hour`,
    bytes_hour_site: (x) => `at most ${number(x)} bytes an hour to a site`,
    supersede: () => 'older rollouts of the family end for its devices',
    order: (x) => `night after night: ${x.join(', then ')}`,
    fault_rise_percent: (x) => `halts when faults rise by more than ${x}\u00a0%`,
    print_drop_percent: (x) => `halts when pages fall by more than ${x}\u00a0%`,
    fresh_backup_h: (x) => `no install without a backup of the last ${plural(x, 'hour')}`,
    compare: () => 'settings are compared afterwards',
    reapply: (x) => `put back if they drift: ${x.join(', ')}`,
    rolls_back: (x) => ['takes back ', link(`#/rollouts/${x}`, `rollout ${x}`)],
};
export function termsWords({ terms }) {
    const said = Object.entries(termWords).filter(([name]) => terms?.[name]).map(([name, say]) => el('li', say(terms[name])));
    return said.length > 0 && el('ul.terms', said);
}

/* ---- sums ---- */

export function sums(stages) {
    const total = {};
    let planned = 0;
    for (const stage of stages) {
        planned += Math.max(stage.planned, Object.values(stage.tally).reduce((sum, n) => sum + n, 0));
        for (const [name, count] of Object.entries(stage.tally))
            total[name] = (total[name] ?? 0) + count;
    }
    const acted = Object.values(total).reduce((sum, n) => sum + n, 0);
    return {
        tally: total, planned, acted, rest: planned - acted, healthy: total.healthy ?? 0,
        failed: Object.entries(total).reduce((sum, [name, n]) => sum + (isFailure(name) ? n : 0), 0),
    };
}

/* The two ends of a stage's bar: what moves forward, from the left; what came back or failed, at the right. */
export function ends(tally, href = () => undefined) {
    const make = (names) => names.map((name) => segment('action', name, tally[name], { href: href(name) }));
    return [make(namesOf('action').filter((name) => !isBack(name))), make(namesOf('action').filter(isBack))];
}
