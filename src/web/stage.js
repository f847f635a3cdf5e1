/* One stage of a rollout: its bar, its figures, and how far it is from its two thresholds. */

import { el } from './dom.js';
import { bar, chip, command, legend, number, percent, plural } from './parts.js';
import { ends, sums, whoWords } from './plan.js';
import { duration, now, when } from './time.js';

function timesOf(stage) {
    if (!stage.opened)
        return null;
    if (stage.closed)
        return ['took ', duration(Date.parse(stage.closed) - Date.parse(stage.opened)), ', done ', when(stage.closed)];
    return ['open for ', duration(now() - Date.parse(stage.opened)), ', since ', when(stage.opened)];
}

/* The gate, in figures: what opens the next stage, what halts. */
function gate(stage, s, thresholds, isLast, isAsked) {
    const { healthy_percent: wanted, fail_percent: most } = thresholds;
    const needed = Math.ceil(s.planned * wanted / 100), missing = needed - s.healthy;
    const next = isLast ? 'the rollout ends when all have finished'
        : missing > 0 ? `${number(missing)} more ${isAsked ? 'pass its gate' : 'open the next stage'} (${wanted}\u00a0%)`
            : `passed its gate of ${wanted}\u00a0%`;
    const isOver = s.failed * 100 > most * s.planned;
    return el('p.gate',
        el('span', el('b.good', `${percent(s.healthy, s.planned)} healthy`), ` ${number(s.healthy)} of ${number(s.planned)}; `, next),
        el(`span.end${isOver ? '.bad' : ''}`, el('b', `${percent(s.failed, s.planned)} failed`), ` ${number(s.failed)}; halts above ${most}\u00a0%`));
}

function marksOf(thresholds, isLast) {
    const halt = { at: 100 - thresholds.fail_percent, text: `failures that reach this line halt the rollout: ${thresholds.fail_percent} %` };
    const open = { at: thresholds.healthy_percent, text: `healthy devices that reach this line open the next stage: ${thresholds.healthy_percent} %` };
    return isLast ? [halt] : [open, halt];
}

export function stageCard(rollout, stage) {
    const isLast = stage.no === rollout.stages.length - 1;
    const isPlanned = Boolean(rollout.started);
    const isAsked = Boolean(rollout.terms?.approved) && rollout.state === 'running' && stage.state === 'open' && !isLast;
    const s = sums([stage]);
    const href = (name) => `#/rollouts/${rollout.id}?stage=${stage.no}&state=${name}`;
    const [forward, back] = ends(stage.tally, href);
    return el(`section.card.stage.is-${stage.state}`, { 'data-key': stage.no, 'aria-label': `Stage ${stage.no}` },
        el('div.line-head', el('h2', `Stage ${stage.no}`), chip('stage', stage.state),
            el('span', whoWords(stage)),
            el('span.muted.end', isPlanned ? plural(s.planned, 'device') : '', timesOf(stage) && ' \u00b7 ', timesOf(stage))),
        isPlanned && s.planned === 0
            ? el('p.muted', 'No device falls into this stage.')
            : [
                bar(forward, {
                    back, rest: isPlanned ? s.rest : 1, label: `stage ${stage.no}`,
                    marks: stage.state === 'open' ? marksOf(rollout.thresholds, isLast) : [],
                }),
                el('div.legend-row', legend([...forward, ...back]),
                    isPlanned && s.rest > 0 && el('span.muted', `${number(s.rest)} not offered yet`)),
                isPlanned && stage.opened && gate(stage, s, rollout.thresholds, isLast, isAsked),
                isAsked && [el('p.muted', 'A person opens the next stage once the gate is passed:'), command(`nightshift rollout advance ${rollout.id}`)],
            ]);
}
