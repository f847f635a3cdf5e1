/* Rollouts, newest first, each with how far it is. */

import { get } from './api.js';
import { el, link } from './dom.js';
import { bar, chip, command, empty, head, number, pager, percent } from './parts.js';
import { ends, selectionWords, sums } from './plan.js';
import { when } from './time.js';

const REFRESH_MS = 5000;

function figuresOf(rollout, s) {
    if (rollout.state === 'draft' || rollout.state === 'planning')
        return rollout.state === 'draft' ? 'not planned yet' : 'being planned';
    const failed = s.failed ? [', ', el('b.bad', `${number(s.failed)} failed`)] : '';
    return [el('b', `${percent(s.healthy, s.planned)} healthy`), ` ${number(s.healthy)} of ${number(s.planned)}`, failed];
}

function stageOf(rollout) {
    return ['running', 'paused', 'halted'].includes(rollout.state) && `stage ${rollout.stage} of 0\u2013${rollout.stages.length - 1}`;
}

/* One line of a list: name, state, bar, figures. Also on the fleet page. */
export function rolloutLine(rollout) {
    const s = sums(rollout.stages), [forward, back] = ends(s.tally);
    return el('li.line', { 'data-key': rollout.id },
        el('div.line-head', el('h3', link(`#/rollouts/${rollout.id}`, rollout.name)), chip('rollout', rollout.state),
            el('span.muted', `${rollout.release.family} ${rollout.release.version}`),
            stageOf(rollout) && el('span.muted.end', stageOf(rollout))),
        bar(forward, { back, rest: s.rest || (s.planned ? 0 : 1), label: rollout.name }),
        el('p.line-foot', el('span', figuresOf(rollout, s)),
            el('span.muted', rollout.reason || selectionWords(rollout)),
            el('span.muted.end', rollout.created_by, ', ', when(rollout.ended ?? rollout.started ?? rollout.created))));
}

export const rollouts = {
    title: () => 'Rollouts',
    every: () => REFRESH_MS,
    load: ({ query }, signal) => get('rollouts', { limit: 25, cursor: query.cursor }, signal),
    show({ items, next }, { query }) {
        if (items.length === 0 && !query.cursor)
            return [head('Rollouts'), empty('Nothing was rolled out yet. A published release goes to 12 devices, then a tenth, then all:',
                'nightshift rollout make --release ID --name NAME --stage 12 --stage 10% --start',
                el('p.muted', 'No release yet? Start at ', link('#/releases', 'Releases'), '.'))];
        return [
            head('Rollouts', { note: 'newest first' }),
            el('ul.lines.card', items.map(rolloutLine)),
            pager('#/rollouts', query, next),
            el('p.hint', 'A new one: ', command('nightshift rollout make --release ID --name NAME --stage 12 --stage 10%')),
        ];
    },
};
