/* What people must know before they trust what is signed here: a database that was put back, and metadata that somebody
   has to sign before it expires. */

import { get } from './api.js';
import { el } from './dom.js';
import { command } from './parts.js';
import { ago, now } from './time.js';

const SOON_MS = 60 * 24 * 3600 * 1000; /* the first of the alarms for what people sign: src/domain/freshness.h */

/* The door may count through the whole fleet (who refuses a dropped key): asked now and then, not with the figures. */
const EVERY_MS = 60 * 1000;
let known = { at: -Infinity, trust: null };

/* Whoever signs in next may be of another tenant. */
export function dropTrust() {
    known = { at: -Infinity, trust: null };
}

/* Where nothing can be said of trust the figures are shown all the same. */
export async function loadTrust(signal) {
    if (performance.now() - known.at > EVERY_MS) {
        const trust = await get('trust', {}, signal).catch((problem) => {
            if (problem.name === 'AbortError' || problem.status === 401)
                throw problem;
            return { roles: [], unknown: problem.message };
        });
        known = { at: performance.now(), trust };
    }
    return known.trust;
}

function setBack(store) {
    return el(`div.banner.${store.state === 'restored' ? 'warn' : 'bad'}`, { role: 'status', 'data-key': 'set-back' },
        el('p', el('b', 'The database was set back'), ', noticed ', ago(store.noticed), `: ${store.why}.`),
        el('p', `What to do: ${store.next}.`), command('nightshift trust status'));
}

function expiring(role) {
    const left = Date.parse(role.expires) - now();
    return el(`div.banner.${left > 0 ? 'warn' : 'bad'}`, { role: 'status', 'data-key': `expires-${role.role}` },
        el('p', el('b', role.role), left > 0 ? ' expires ' : ' expired ', ago(role.expires),
            role.custody === 'offline' ? '; its people must sign it before.' : '; the service should have signed it anew.'),
        command(role.custody === 'offline' ? `nightshift trust stage ${role.role}` : 'nightshift trust status'));
}

const isDue = (role) => Date.parse(role.expires) - now() < (role.custody === 'offline' ? SOON_MS : 0);

/* Nothing, where all is well. */
export function trustBanners(trust) {
    return [
        trust.unknown && el('div.banner.warn', { role: 'status', 'data-key': 'unknown' }, el('p', `Trust cannot be told: ${trust.unknown}`)),
        trust.store && setBack(trust.store), trust.roles.filter(isDue).map(expiring),
    ];
}
