/* What people must know before they trust what is signed here: a database that was put back, and metadata that somebody
   has to sign before it expires. */

import { el } from './dom.js';
import { command } from './parts.js';
import { ago, now } from './time.js';

const SOON_MS = 60 * 24 * 3600 * 1000; /* the first of the alarms for what people sign: src/domain/freshness.h */

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
    return [trust.store && setBack(trust.store), trust.roles.filter(isDue).map(expiring)];
}
