/* Instants for people: local text on the page, UTC in the title. The service's clock rules, not the browser's; a dev
 * service may run its own fast. */

import { el } from './dom.js';

let anchor = { service: Date.now(), mine: performance.now(), rate: 1 };

/* What whoami says about the service's clock. */
export function clockIs(nowText, rate) {
    anchor = { service: Date.parse(nowText) || Date.now(), mine: performance.now(), rate: rate || 1 };
}

export function now() {
    return anchor.service + (performance.now() - anchor.mine) * anchor.rate;
}

const local = {
    clock: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    day: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }),
    year: new Intl.DateTimeFormat('en-GB', {
        day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit',
    }),
};

function localText(at) {
    const then = new Date(at), today = new Date(now());
    if (then.toDateString() === today.toDateString())
        return local.clock.format(then);
    return (then.getFullYear() === today.getFullYear() ? local.day : local.year).format(then);
}

const utcText = (at) => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const UNITS = [[90, 1, 's'], [90 * 60, 60, 'min'], [36 * 3600, 3600, 'h'], [Infinity, 86400, 'd']];

/* "41 min", "3 h", "12 d": one unit is enough to judge by. */
export function duration(ms) {
    const seconds = Math.max(0, ms / 1000);
    const [, size, unit] = UNITS.find(([below]) => seconds < below);
    return `${Math.round(seconds / size)} ${unit}`;
}

export function when(text) {
    const at = Date.parse(text);
    return text ? el('time', { datetime: text, title: utcText(at) }, localText(at)) : null;
}

export function ago(text) {
    const at = Date.parse(text), past = now() - at;
    if (!text)
        return el('span.muted', 'never');
    const said = Math.abs(past) < 5000 ? 'just now' : past > 0 ? `${duration(past)} ago` : `in ${duration(-past)}`;
    return el('time', { datetime: text, title: `${localText(at)} here, ${utcText(at)}` }, said);
}

/* ---- other places ---- */

const formats = new Map();

function formatOf(zone) {
    if (!formats.has(zone))
        formats.set(zone, new Intl.DateTimeFormat('en-GB', {
            timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
        }));
    return formats.get(zone);
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/* {day: 0 Monday .. 6, minute: after midnight} on that zone's wall, or null for a zone nobody knows. */
export function wall(zone, at) {
    try {
        const part = Object.fromEntries(formatOf(zone).formatToParts(at).map(({ type, value }) => [type, value]));
        return { day: WEEKDAYS.indexOf(part.weekday), minute: Number(part.hour) * 60 + Number(part.minute) };
    } catch {
        return null;
    }
}

export function wallText(zone, at) {
    const there = wall(zone, at);
    return there ? `${WEEKDAYS[there.day]} ${clockText(there.minute)}` : zone;
}

export const clockText = (minute) =>
    `${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
