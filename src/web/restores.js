/* Restores: what would come across, who must still say yes, what came of it. The plan's text is the service's own. */

import { get } from './api.js';
import { el, link } from './dom.js';
import { bar, bytes, card, chip, command, facts, head, legend, plural, segment } from './parts.js';
import { namesOf, words } from './states.js';
import { now, when } from './time.js';
import { act, button, refusal } from './write.js';

const OPEN_MS = 3000;
const OPEN = ['needs-plan', 'planned', 'started', 'redeemed'];
const isOpen = (restore) => OPEN.includes(restore.state);
const isTheirs = (restore) => restore.custody === 'customer';

/* ---- what it does ---- */

function outcomes({ counts }) {
    if (!counts)
        return null;
    const segments = namesOf('outcome').map((name) => segment('outcome', name, counts[name]));
    return [bar(segments, { label: 'items' }), legend(segments)];
}

function results(restore) {
    const told = restore.results ?? [];
    return told.length > 0 && el('ul.results', told.map((r) => el('li', { 'data-key': r.name },
        chip('result', r.result), el('b', r.name), r.items > 0 && el('span.muted', plural(r.items, 'item')), r.text && el('span.said', r.text))));
}

function planText(restore, isShown) {
    if (!restore.text)
        return restore.digest && (isTheirs(restore)
            ? el('p.hint', 'Planned where the identity is; the service was told the counts only.')
            : el('p', link(`#/restores/${restore.id}`, restore.state === 'done' ? 'The plan, and the comparison afterwards' : 'The plan')));
    return el('details', { 'data-key': 'plan', open: isShown },
        el('summary', 'The plan'), el('pre', { tabindex: 0, 'aria-label': 'The plan' }, restore.text));
}

/* ---- who must still say yes ---- */

const lacksApproval = (r) => r.needs_approval && (!r.approved_by || r.approved_by === r.created_by);
const lacksConsent = (r) => r.needs_consent && !r.consent;

function agreement(r) {
    return facts([
        ['approval', r.approved_by ? `by ${r.approved_by}` : isOpen(r) && r.needs_approval && el('b.bad', `missing: another person than ${r.created_by}`)],
        ['consent', r.consent ? [r.consent.by, ', ', when(r.consent.at), r.consent.text && el('p.muted', r.consent.text)]
            : isOpen(r) && r.needs_consent && el('b.bad', 'missing: the customer has not agreed')],
    ]);
}

function planned(r) {
    const path = `restores/${r.id}`;
    if (lacksConsent(r))
        return [el('p.hint', 'Note who agreed: ', command(`nightshift restore consent ${r.id} --by NAME`)),
            lacksApproval(r) && button('Approve', `${path}/approve`)];
    if (lacksApproval(r))
        return button('Approve', `${path}/approve`);
    if (isTheirs(r))
        return el('p.hint', 'It starts where the identity is: ', command(`nightshift restore start ${r.id} --identity FILE`));
    return button('Start it, as planned', `${path}/start`, { digest: r.digest }, 'strong');
}

function steps(r) {
    if (!isOpen(r))
        return null;
    const cancel = `restores/${r.id}/cancel`;
    return [
        el('div.buttons',
            r.state === 'needs-plan' && el('p.hint', 'The identity is the customer\u2019s; it is planned there: ',
                command(`nightshift restore plan ${r.backup} --device ${r.device} --identity FILE`)),
            r.state === 'planned' && planned(r),
            r.state !== 'redeemed' && button('Call it off', cancel, { reason: 'called off from the page' })),
        ['approve', 'start', 'cancel'].map((verb) => refusal(`restores/${r.id}/${verb}`)),
    ];
}

/* ---- one restore ---- */

function source(r) {
    const { source_device: from, source_model: model } = r.facts;
    return [`backup ${r.backup}`, from && from !== r.device && [' of ', link(`#/devices/${encodeURIComponent(from)}`, from)], model && ` (${model})`];
}

function times(r) {
    if (r.ended)
        return ['ended ', when(r.ended)];
    if (r.expires)
        return [r.state === 'planned' ? 'the plan holds until ' : 'to be taken until ', when(r.expires)];
    return ['made ', when(r.created)];
}

function body(r, isShown) {
    return [r.reason && el(r.state === 'failed' ? 'p.failure' : 'p', r.reason), outcomes(r), results(r), agreement(r), planText(r, isShown), steps(r)];
}

function block(r) {
    return el('li.line.restore', { 'data-key': r.id },
        el('div.line-head', chip('restore', r.state), el('h3', link(`#/restores/${r.id}`, `Restore ${r.id}`)),
            el('span', source(r)), el('span.muted.end', times(r))),
        body(r, r.state === 'planned'));
}

/* The latest of a device. A list leaves plans out; those that wait for somebody are fetched with theirs. */
export async function restoresOf(id, signal) {
    const page = await get('restores', { device: id, limit: 5 }, signal);
    const items = page.items.map((r) => (r.state === 'planned' ? get(`restores/${r.id}`, {}, signal) : r));
    return { ...page, items: await Promise.all(items) };
}

/* ---- planning one ---- */

/* What is chosen in the form, while the page around it is drawn anew. */
let wish = { of: '', backup: '', device: '' };

function submit(event, device) {
    const { backup, device: onto } = event.target.elements;
    const target = onto.value.trim() || device.id;
    event.preventDefault();
    act('plan', 'Plan it', 'restores', { backup: Number(backup.value), device: target }, (made) => {
        wish = { of: '', backup: '', device: '' };
        location.hash = target === device.id ? location.hash : `#/restores/${made.id}`;
    });
}

function form(device, backups) {
    const there = backups.items.filter((b) => !b.gone);
    if (there.length === 0)
        return null;
    if (wish.of !== device.id)
        wish = { of: device.id, backup: String(there[0].id), device: device.id };
    const keep = (event) => {
        wish = { ...wish, [event.target.name]: event.target.value };
    };
    const text = (b) => `${b.id}: ${b.taken.slice(0, 16).replace('T', ' ')} UTC, ${words('trigger', b.trigger)}`;
    return [
        el('form.planning', { 'aria-label': 'Plan a restore', onsubmit: (event) => submit(event, device), onchange: keep },
            el('label', 'Backup', el('select', { name: 'backup' },
                there.map((b) => el('option', { value: b.id, selected: String(b.id) === wish.backup }, text(b))))),
            el('label', 'Onto device', el('input', { name: 'device', value: wish.device, maxlength: 256, spellcheck: 'false' })),
            el('button.quiet', { type: 'submit' }, 'Plan a restore')),
        refusal('plan'),
        el('p.hint', 'A plan sends nothing yet. Only some categories: ', command('nightshift restore plan BACKUP --device DEVICE --categories A,B')),
    ];
}

export function restoresCard(device, restores, backups) {
    return el('section.card', { 'data-key': 'restores' }, el('h2', 'Restores'),
        restores.items.length > 0 ? el('ul.lines', restores.items.map(block)) : el('p.muted', 'Nothing was ever sent back to it.'),
        restores.next && el('p.hint', 'There are older ones: ', command(`nightshift restore list --device ${device.id}`)),
        form(device, backups));
}

/* ---- its page ---- */

/* Two backups are opened for it: asked for only once the device has sent the one after. */
async function comparisonOf(r, signal) {
    if (isOpen(r) || isTheirs(r))
        return null;
    const { items } = await get('backups', { device: r.device, limit: 20 }, signal);
    if (!items.some((b) => b.restore === r.id && b.trigger === 'after-restore' && !b.gone))
        return null;
    return get(`restores/${r.id}/compare`, {}, signal).catch((problem) => ({ refused: problem.message }));
}

function comparison(r, c) {
    if (c?.refused)
        return card('Afterwards', el('p.muted', c.refused));
    if (c)
        return card('Afterwards', el('p', c.is_same ? el('b.good', 'The device has what was sent.') : el('b.bad', 'The device has something else than was sent.'),
            el('span.muted', ` Compared with backup ${c.backup_after}.`)), c.text.trim() && el('pre', { tabindex: 0, 'aria-label': 'The comparison' }, c.text));
    if (isOpen(r) || r.state === 'expired' || r.state === 'cancelled')
        return null;
    return card('Afterwards', el('p.muted', isTheirs(r) ? 'The keys are the customer\u2019s; compare where the identity is:'
        : 'The device gives a backup after a restore; once it is here, it is compared.'),
    isTheirs(r) && command(`nightshift restore compare ${r.id} --identity FILE`));
}

function dossier(r) {
    const f = r.facts;
    return card('What it goes by', facts([
        ['from', [source(r)]],
        ['onto', [link(`#/devices/${encodeURIComponent(r.device)}`, r.device), f.target_model && ` (${f.target_model})`]],
        ['machine', f.is_same_chassis ? 'the same one' : 'another one: adjustment values stay behind'],
        ['serial', f.target_serial],
        ['custody', r.custody],
        ['sent', r.digest && (r.is_whole ? 'as it is, sealed anew' : 'chosen or converted, packed anew')],
        ['size', r.size && bytes(r.size)],
        ['made', [when(r.created), ' by ', r.created_by]],
        ['started', when(r.started)],
        ['taken', when(r.redeemed)],
        ['ended', when(r.ended)],
        ['digest', r.digest && el('code', { title: r.digest }, r.digest.slice(0, 16))],
    ]));
}

export const restore = {
    title: ({ restore: r }) => `Restore ${r.id}`,
    every: ({ restore: r, after }) => (isOpen(r) || (!after && now() - Date.parse(r.ended) < 3600000) ? OPEN_MS : 0),
    async load({ id }, signal) {
        const one = await get(`restores/${id}`, {}, signal);
        return { restore: one, after: await comparisonOf(one, signal) };
    },
    show({ restore: r, after }) {
        return [
            head(`Restore ${r.id}`, { crumb: [`#/devices/${encodeURIComponent(r.device)}`, r.device], state: chip('restore', r.state), note: times(r) }),
            el('div.columns.wide-left',
                el('div.column', card('What comes across', body(r, true)), comparison(r, after)),
                el('div.column', dossier(r))),
        ];
    },
};
