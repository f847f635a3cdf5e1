/* Why a device does not have its release yet: what is in the way, in its order, and until when. */

import { el, link } from './dom.js';
import { card } from './parts.js';
import { when } from './time.js';

function wait(item) {
    return el('li', item.text, item.until && el('span.muted', ', until ', when(item.until)),
        item.hold && el('span.muted', `, hold ${item.hold}`));
}

function target(t) {
    return el('li.line', { 'data-key': `${t.rollout?.id ?? 0}-${t.release.id}` },
        el('div.line-head', el('h3', link(`#/releases/${t.release.id}`, `${t.release.family} ${t.release.version}`)),
            t.rollout && link(`#/rollouts/${t.rollout.id}`, t.rollout.name),
            el('span.muted.end', t.expected ? ['expected ', when(t.expected)] : 'nobody knows until when')),
        el('ol.waits', t.waits.map(wait)));
}

/* Nothing where nothing is waited for. */
export function whyCard(why) {
    const waiting = (why?.targets ?? []).filter((t) => !t.done && t.waits.length > 0);
    return waiting.length > 0 && card('Why not yet', el('ul.lines', waiting.map(target)));
}
