/* When devices may be touched, place by place: the next 24 hours as a strip, in which the windows stand out. */

import { el } from './dom.js';
import { plural } from './parts.js';
import { clockText, duration, now, wall, wallText } from './time.js';

const STEP_MIN = 15;
const DAY_MIN = 24 * 60;
const SIX_H = 6 * 60;
const STEPS = DAY_MIN / STEP_MIN;
const STEP_MS = STEP_MIN * 60000;
const ROWS_MAX = 12;
const DAYS = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'];

const minuteOf = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/* Of a window that lasts by a stop-watch: its end on a day without a clock change. */
export function endOf(window) {
    if (window.end)
        return window.end;
    const [, hours, minutes] = /^PT(?:(\d+)H)?(?:(\d+)M)?$/.exec(window.duration);
    const end = (minuteOf(window.start) + Number(hours ?? 0) * 60 + Number(minutes ?? 0)) % DAY_MIN;
    return `${String(Math.floor(end / 60)).padStart(2, '0')}:${String(end % 60).padStart(2, '0')}`;
}

/* A window by rule is drawn on every day: which they are, the service knows. Whether that local time is in the window; days are those it starts on, an end at or before the start is tomorrow's. */
export function isIn(window, { day, minute }) {
    const start = minuteOf(window.start), end = minuteOf(endOf(window));
    const on = (d) => !window.days || window.days.includes(DAYS[(d + 7) % 7]);
    if (end > start)
        return minute >= start && minute < end && on(day);
    return (minute >= start && on(day)) || (minute < end && on(day - 1));
}

/* Places that share zone and window are one row. */
function rowsOf(sites, rollout) {
    const rows = new Map();
    for (const site of sites) {
        const window = rollout?.window ?? site.window;
        const zone = window?.zone || site.zone;
        const key = JSON.stringify([zone, window]);
        const row = rows.get(key) ?? { key, zone, window, names: [] };
        row.names.push(site.name);
        rows.set(key, row);
    }
    return [...rows.values()];
}

function samples(row, from) {
    return Array.from({ length: STEPS }, (unused, i) => {
        const there = wall(row.zone, from + i * STEP_MS);
        return !row.window || Boolean(there && isIn(row.window, there));
    });
}

function runs(flags) {
    const found = [];
    for (const is of flags)
        if (found.at(-1)?.is === is)
            found.at(-1).steps++;
        else
            found.push({ is, steps: 1 });
    return found;
}

function said(row, flags) {
    if (!row.window)
        return 'always';
    const change = flags.indexOf(!flags[0]);
    const within = change < 0 ? '' : duration(change * STEP_MS);
    if (flags[0])
        return within ? `open, closes in ${within}` : 'open';
    return within ? `opens in ${within}` : 'not within a day';
}

function strip(row, from) {
    const flags = samples(row, from);
    const place = row.names.length > 2 ? `${row.names[0]} and ${plural(row.names.length - 1, 'other site')}` : row.names.join(', ');
    return el('li.night', { 'data-key': row.key },
        el('span.place', { title: row.names.join(', ') }, el('b', place),
            el('span.muted', { title: row.zone }, wallText(row.zone, now())),
            el(`span.said${flags[0] ? '.now' : ''}`, said(row, flags))),
        el('span.sky', { role: 'img', 'aria-label': said(row, flags) },
            runs(flags).map(({ is, steps }) => el(is ? 'i.open' : 'i.shut', { style: { 'flex-grow': String(steps) } }))));
}

/* The hours above the strips, on the viewer's wall: a mark each six. */
function scale(from) {
    const local = new Date(from), minute = local.getHours() * 60 + local.getMinutes();
    const first = (SIX_H - minute % SIX_H) % SIX_H;
    const marks = [0, 1, 2, 3].map((i) => first + i * SIX_H).filter((at) => at < DAY_MIN);
    const widths = marks.map((at, i) => (marks[i + 1] ?? DAY_MIN) - at);
    return el('li.night.scale', { 'aria-hidden': 'true' }, el('span.sky',
        first > 0 && el('i', { style: { 'flex-grow': String(first) } }, first >= SIX_H / 2 ? 'now' : ''),
        marks.map((at, i) => el('i', { style: { 'flex-grow': String(widths[i]) } },
            widths[i] >= SIX_H / 3 ? clockText((minute + at) % DAY_MIN) : ''))));
}

/* `rollout` may say a window of its own; without one each site's counts. */
export function nights(sites, rollout) {
    const from = Math.floor(now() / STEP_MS) * STEP_MS, rows = rowsOf(sites, rollout);
    return el('ul.nights', scale(from), rows.slice(0, ROWS_MAX).map((row) => strip(row, from)),
        rows.length > ROWS_MAX && el('li.muted', `and ${plural(rows.length - ROWS_MAX, 'more place')}`));
}
